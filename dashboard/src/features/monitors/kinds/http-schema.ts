import type { HttpAuth, HttpSettings } from '@/api/models';
import { httpMethodValues, ipFamilyValues } from '@/api/schema';
import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { monitorErrors } from '../messages';
import {
  atMostBytes,
  formatHeaders,
  formatLoosely,
  headerLines,
  headerOrNameLines,
  parseLoosely,
  textOrBlank,
  wholeOrBlank,
} from './form-fields';
import type { KindSchema } from './kind-schema';

const RESERVED = ['connection', 'content-length', 'host', 'te', 'transfer-encoding', 'upgrade'];

/** How many redirects a monitor follows that does not say. */
const DEFAULT_MAX_REDIRECTS = 10;

function parseStatusRanges(text: string): [number, number][] | null {
  const ranges: [number, number][] = [];
  for (const part of text.split(',')) {
    const [, low, high] = /^\s*(\d{3})(?:\s*[-–]\s*(\d{3}))?\s*$/.exec(part) ?? [];
    const from = Number(low);
    const to = Number(high ?? low);
    if (!low || from < 100 || to > 599 || from > to) return null;
    ranges.push([from, to]);
  }
  return ranges.length <= 20 ? ranges : null;
}

export function formatStatusRanges(ranges: [number, number][]): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

export const takesBody = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method);

export const AUTH_TYPES = ['none', 'basic', 'bearer'] as const;

const auth = z
  .object({
    type: z.enum(AUTH_TYPES),
    username: z.string(),
    password: z.string(),
    token: z.string().trim(),
  })
  .superRefine(({ type, username, password, token }, context) => {
    const check = (field: string, result: boolean, message: string) =>
      result || context.addIssue({ code: 'custom', path: [field], message });
    const fits = (max: number, text: string) => atMostBytes(max).safeParse(text).success;
    if (type === 'basic') {
      const plain = fits(256, username) && !username.includes(':');
      check('username', plain, monitorErrors.username);
      check('password', fits(1_024, password), validation.maxBytes(1_024));
    }
    if (type === 'bearer') {
      check('token', /^[!-~]{1,4096}$/.test(token), monitorErrors.token);
    }
  })
  .transform(({ type, username, password, token }): HttpAuth | null => {
    if (type === 'none') return null;
    return type === 'basic' ? { type, username, password } : { type, token };
  });

const json = z
  .object({ path: z.string().trim(), equals: z.string().trim() })
  .superRefine(({ path, equals }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', path: ['path'], message });
    if (path === '' && equals !== '') wrong(monitorErrors.jsonPathMissing);
    else if (path !== '' && !path.startsWith('$')) wrong(monitorErrors.jsonPath);
  })
  .transform(({ path, equals }) => {
    if (path === '') return null;
    return equals === '' ? { path } : { path, equals: parseLoosely(equals) };
  });

/** Fields that the API omits at their defaults are null here, so that both can be compared. */
const schema = z
  .object({
    method: z.enum(httpMethodValues),
    expected_status: z.string().transform((text, context) => {
      const ranges = parseStatusRanges(text);
      if (ranges) return ranges;
      context.addIssue({ code: 'custom', message: monitorErrors.statusRanges });
      return z.NEVER;
    }),
    headers: headerLines({ maxBytes: 4_096, reserved: RESERVED }),
    body: textOrBlank(16_384),
    auth,
    max_redirects: whole(0, 20).transform((count) => (count === DEFAULT_MAX_REDIRECTS ? null : count)),
    contains: textOrBlank(1_024),
    not_contains: textOrBlank(1_024),
    json,
    expected_headers: headerOrNameLines({ maxBytes: 1_024, reserved: [] }),
    max_body_bytes: wholeOrBlank(1, 4_194_304),
    ip_family: z.enum(ipFamilyValues).transform((family) => (family === 'any' ? null : family)),
    verify_tls: z.boolean().transform((verify) => (verify ? null : false)),
    tls_warn_days: wholeOrBlank(1, 365),
    tls_resumption: z.boolean().transform((resumes) => (resumes ? true : null)),
  })
  .transform((http) => ({ ...http, body: takesBody(http.method) ? http.body : null }));

function form(http: HttpSettings): z.input<typeof schema> {
  const { auth, json } = http;
  return {
    method: http.method ?? 'GET',
    expected_status: formatStatusRanges(http.expected_status ?? [[200, 399]]),
    headers: formatHeaders(http.headers ?? {}),
    body: http.body ?? '',
    auth: {
      type: auth?.type ?? 'none',
      username: auth?.type === 'basic' ? auth.username : '',
      password: auth?.type === 'basic' ? auth.password : '',
      token: auth?.type === 'bearer' ? auth.token : '',
    },
    max_redirects: String(http.max_redirects ?? DEFAULT_MAX_REDIRECTS),
    contains: http.contains ?? '',
    not_contains: http.not_contains ?? '',
    json: { path: json?.path ?? '', equals: formatLoosely(json?.equals) },
    expected_headers: formatHeaders(http.expected_headers ?? {}),
    max_body_bytes: String(http.max_body_bytes ?? ''),
    ip_family: http.ip_family ?? 'any',
    verify_tls: http.verify_tls ?? true,
    tls_warn_days: String(http.tls_warn_days ?? ''),
    tls_resumption: http.tls_resumption ?? false,
  };
}

/** As an address of a site is written: without a scheme it is that of one with TLS. */
export function withScheme(text: string): string {
  const plain = text.trim();
  if (plain === '' || /^https?:/i.test(plain) || plain.includes('://')) return plain;
  return `https://${plain.replace(/^\/\//, '')}`;
}

function addressProblem(text: string): string | null {
  const url = withScheme(text);
  if (!/^https?:\/\//i.test(url)) return monitorErrors.scheme;
  if (!URL.canParse(url)) return validation.url;
  const { username, password } = new URL(url);
  return username || password ? monitorErrors.credentials : null;
}

export const REQUEST_FIELDS = [
  'http.method',
  'http.body',
  'http.headers',
  'http.auth.type',
  'http.auth.username',
  'http.auth.password',
  'http.auth.token',
  'http.max_redirects',
  'http.ip_family',
] as const;

export const ANSWER_FIELDS = [
  'http.expected_status',
  'http.contains',
  'http.not_contains',
  'http.json.path',
  'http.json.equals',
  'http.expected_headers',
  'http.max_body_bytes',
  'http.tls_warn_days',
  'http.verify_tls',
  'http.tls_resumption',
] as const;

export const http = {
  schema,
  form,
  fields: [...REQUEST_FIELDS, ...ANSWER_FIELDS],
  addressProblem,
  tidy: withScheme,
  address: withScheme,
} as const satisfies KindSchema<HttpSettings>;
