import { z } from '@/lib/zod';

/** Fields of a form, which hold texts, read as what the API takes. A blank one is null: the default. */

// `abort`: one message for a field, and no check across fields while one of them is wrong.
export const whole = (low: number, high: number) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .refine((value) => value >= low && value <= high, { error: `must be ${low} to ${high}`, abort: true });

export const wholeOrBlank = (low: number, high: number) =>
  z.union([z.literal('').transform(() => null), whole(low, high)], { error: `must be ${low} to ${high}` });

const bytes = (text: string) => new TextEncoder().encode(text).length;

export const atMostBytes = (max: number) =>
  z.string().refine((text) => bytes(text) <= max, `must have at most ${max} bytes`);

export const textOrBlank = (max: number) => atMostBytes(max).transform((text) => text || null);

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** One item a line. */
export const linesOrBlank = (max: number, maxBytes: number) =>
  z
    .string()
    .transform(lines)
    .refine((items) => items.length <= max, `must be at most ${max} lines`)
    .refine(
      (items) => items.every((item) => bytes(item) <= maxBytes),
      `must have at most ${maxBytes} bytes a line`,
    )
    .transform((items) => (items.length > 0 ? items : null));

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,256}$/;

interface HeaderRules {
  /** Whether a name may stand without a value. */
  bare: boolean;
  maxBytes: number;
  reserved: readonly string[];
}

/** "Name: value" on each line. */
export const headerLines = ({ bare, maxBytes, reserved }: HeaderRules) =>
  z.string().transform((text, context) => {
    const wrong = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const headers: Record<string, string | null> = {};
    for (const line of lines(text)) {
      const [, name = '', value] = /^([^:]*?)\s*(?::\s*(.*))?$/.exec(line) ?? [];
      if (!HEADER_NAME.test(name) || (!bare && value === undefined)) {
        return wrong(`must be lines like "Accept: text/html"; "${line}" is not one`);
      }
      if (reserved.includes(name.toLowerCase())) return wrong(`must not contain ${name}`);
      if (bytes(value ?? '') > maxBytes) return wrong(`must have values of at most ${maxBytes} bytes`);
      headers[name] = bare ? value || null : (value ?? '');
    }
    const count = Object.keys(headers).length;
    if (count > 20) return wrong('must be at most 20');
    return count > 0 ? headers : null;
  });

export const formatHeaders = (headers: Record<string, string | null> = {}): string =>
  Object.entries(headers)
    .map(([name, value]) => (value === null ? name : `${name}: ${value}`))
    .join('\n');

/** JSON where it is some, else a text: `true`, `5`, `ok`. */
export function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A text is quoted where it would be read as something else without: a blank field is no value at all. */
export function formatLoosely(value: unknown): string {
  if (typeof value === 'string' && value !== '' && parseLoosely(value.trim()) === value) return value;
  return value === undefined ? '' : JSON.stringify(value);
}

const ESCAPES: Record<string, string> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' };
const UNESCAPES = Object.fromEntries(Object.entries(ESCAPES).map(([char, text]) => [text, char]));

/** A text whose line ends are exact, on one line: a field of several lines would make each CR LF an LF. */
export const escapeText = (text: string): string =>
  text.replace(/[\r\n\t\\]/g, (char) => ESCAPES[char] ?? char);

export const escapedTextOrBlank = (max: number) =>
  z
    .string()
    .transform((text) => text.replace(/\\[rnt\\]/g, (code) => UNESCAPES[code] ?? code))
    .pipe(textOrBlank(max));
