import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { monitorErrors } from '../messages';

/** Parsing of form fields, which hold text, to what the API takes. A blank one is null: the default. */

export const wholeOrBlank = (low: number, high: number) =>
  z.union([z.literal('').transform(() => null), whole(low, high)], { error: validation.between(low, high) });

const bytes = (text: string) => new TextEncoder().encode(text).length;

export const atMostBytes = (max: number) =>
  z.string().refine((text) => bytes(text) <= max, validation.maxBytes(max));

export const textOrBlank = (max: number) => atMostBytes(max).transform((text) => text || null);

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** One item per line. */
export const linesOrBlank = (max: number, maxBytes: number) =>
  z
    .string()
    .transform(lines)
    .refine((items) => items.length <= max, monitorErrors.maxLines(max))
    .refine((items) => items.every((item) => bytes(item) <= maxBytes), monitorErrors.maxLineBytes(maxBytes))
    .transform((items) => (items.length > 0 ? items : null));

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,256}$/;

interface HeaderRules {
  /** Whether a name without a value is allowed. */
  bare: boolean;
  maxBytes: number;
  reserved: readonly string[];
}

/** "Name: value" on each line, or a bare name, whose value is null. */
const namedLines = ({ bare, maxBytes, reserved }: HeaderRules) =>
  z.string().transform((text, context) => {
    const wrong = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const headers: Record<string, string | null> = {};
    for (const line of lines(text)) {
      const [, name = '', value] = /^([^:]*?)\s*(?::\s*(.*))?$/.exec(line) ?? [];
      if (!HEADER_NAME.test(name) || (!bare && value === undefined)) {
        return wrong(monitorErrors.headerLine(line));
      }
      if (reserved.includes(name.toLowerCase())) return wrong(monitorErrors.reservedHeader(name));
      if (bytes(value ?? '') > maxBytes) return wrong(monitorErrors.maxHeaderBytes(maxBytes));
      headers[name] = bare ? value || null : (value ?? '');
    }
    const count = Object.keys(headers).length;
    if (count > 20) return wrong(monitorErrors.maxHeaders(20));
    return count > 0 ? headers : null;
  });

/** "Name: value" on each line. */
export const headerLines = (rules: Omit<HeaderRules, 'bare'>) =>
  namedLines({ ...rules, bare: false }).transform(
    (headers) =>
      headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? ''])),
  );

/** "Name: value" or a bare name on each line. */
export const headerOrNameLines = (rules: Omit<HeaderRules, 'bare'>) => namedLines({ ...rules, bare: true });

export const formatHeaders = (headers: Record<string, string | null>): string =>
  Object.entries(headers)
    .map(([name, value]) => (value === null ? name : `${name}: ${value}`))
    .join('\n');

/** JSON if it parses, else plain text: `true`, `5`, `ok`. So is a number that would be rounded. */
export function parseLoosely(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isLarge = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
    return isLarge && JSON.stringify(value) !== text ? text : value;
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

/** Escapes text to one line: a multi-line field would turn each CR LF into an LF. */
export const escapeText = (text: string): string =>
  text.replace(/[\r\n\t\\]/g, (char) => ESCAPES[char] ?? char);

export const escapedTextOrBlank = (max: number) =>
  z
    .string()
    .transform((text) => text.replace(/\\[rnt\\]/g, (code) => UNESCAPES[code] ?? code))
    .pipe(textOrBlank(max));
