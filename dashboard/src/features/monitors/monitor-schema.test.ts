import { describe, expect, it } from 'vitest';
import type { HttpSettings, Monitor } from '@/api/models';
import { monitor } from '../../../test/server';
import { editOf, formOf, inputOf } from './monitor-input';
import { deadlineMs, defaultTimeoutMs, type MonitorForm, monitorSchema, NEW_MONITOR } from './monitor-schema';

const VALID: MonitorForm = { ...NEW_MONITOR, url: 'https://example.org/' };

const NO_AUTH = NEW_MONITOR.http.auth;
const withHttp = (changes: Partial<MonitorForm['http']>) => ({ http: { ...NEW_MONITOR.http, ...changes } });

function wrongFields(changes: object): string[] {
  const result = monitorSchema.safeParse({ ...VALID, ...changes });
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

describe('monitorSchema', () => {
  it('accepts a URL alone', () => {
    expect(wrongFields({})).toEqual([]);
  });

  it('ignores the fields of other kinds', () => {
    const left = { ...withHttp({ headers: 'nonsense' }), icmp: { packets: '99', max_loss_percent: '' } };
    expect(wrongFields({ kind: 'tcp', url: 'db.example.org:5432', ...left })).toEqual([]);
  });

  it.each(['', '192.0.2.53', '192.0.2.53:5353', '2001:db8::53', '[2001:db8::53]:5353'])(
    'accepts the name server "%s"',
    (resolver) => {
      const dns = { ...NEW_MONITOR.dns, resolver };
      expect(wrongFields({ kind: 'dns', url: 'example.org', dns })).toEqual([]);
    },
  );

  it.each([
    [{ url: 'gopher://x' }, 'url'],
    [{ url: 'http://' }, 'url'],
    [{ interval_seconds: '9' }, 'interval_seconds'],
    [{ interval_seconds: '86401' }, 'interval_seconds'],
    [{ interval_seconds: '60.5' }, 'interval_seconds'],
    [{ interval_seconds: '' }, 'interval_seconds'],
    [{ timeout_ms: '99' }, 'timeout_ms'],
    [{ retries: '6' }, 'retries'],
    [{ down_after: '0' }, 'down_after'],
    [{ slow_ms: '0' }, 'slow_ms'],
    [{ slow_ms: '10000' }, 'slow_ms'],
    [{ timeout_ms: '3000', slow_ms: '3000' }, 'slow_ms'],
    [{ name: 'x'.repeat(121) }, 'name'],
    [{ url: 'https://a:b@example.org/' }, 'url'],
    [withHttp({ expected_status: '300-200' }), 'http.expected_status'],
    [withHttp({ expected_status: '' }), 'http.expected_status'],
    [withHttp({ headers: 'nonsense' }), 'http.headers'],
    [withHttp({ headers: 'Host: example.com' }), 'http.headers'],
    [withHttp({ max_redirects: '21' }), 'http.max_redirects'],
    [withHttp({ max_body_bytes: '0' }), 'http.max_body_bytes'],
    [withHttp({ tls_warn_days: '366' }), 'http.tls_warn_days'],
    [withHttp({ json: { path: 'status', equals: '' } }), 'http.json.path'],
    [withHttp({ json: { path: '', equals: 'ok' } }), 'http.json.path'],
    [withHttp({ auth: { ...NO_AUTH, type: 'bearer' } }), 'http.auth.token'],
    [withHttp({ auth: { ...NO_AUTH, type: 'basic', username: 'a:b' } }), 'http.auth.username'],
    [{ kind: 'tcp', url: 'db.example.org' }, 'url'],
    [{ kind: 'tcp', url: 'db.example.org:65536' }, 'url'],
    [{ kind: 'tcp', url: 'http://example.org:80/path' }, 'url'],
    [{ kind: 'tcp', url: '::1:80' }, 'url'],
    [{ kind: 'icmp', url: 'example.org:7' }, 'url'],
    [{ kind: 'dns', url: '192.0.2.1' }, 'url'],
    [
      { kind: 'dns', url: 'example.org', dns: { ...NEW_MONITOR.dns, resolver: 'ns.example.org' } },
      'dns.resolver',
    ],
    [{ kind: 'tls', url: 'a.example', tls: { ...NEW_MONITOR.tls, warn_days: '366' } }, 'tls.warn_days'],
    [{ kind: 'icmp', url: 'a.example', icmp: { ...NEW_MONITOR.icmp, packets: '11' } }, 'icmp.packets'],
  ])('rejects %j', (changes, field) => {
    expect(wrongFields(changes)).toEqual([field]);
  });

  it('requires a check to be shorter than the interval', () => {
    const ten = { interval_seconds: '10', retries: '0' };
    expect(wrongFields({ ...ten, timeout_ms: '10000' })).toEqual(['timeout_ms']);
    expect(wrongFields({ ...ten, timeout_ms: '9999' })).toEqual([]);
    expect(wrongFields({ ...ten, retries: '1', timeout_ms: '9999' })).toEqual(['timeout_ms']);
    expect(wrongFields({ ...ten, retries: '1', timeout_ms: '' })).toEqual([]);
  });

  it('rejects retries that leave no time for any timeout', () => {
    expect(wrongFields({ interval_seconds: '10', retries: '5', retry_delay_ms: '60000' })).toEqual([
      'timeout_ms',
    ]);
  });

  it('parses status codes and ranges', () => {
    const values = monitorSchema.parse({
      ...VALID,
      ...withHttp({ expected_status: '200-299, 404' }),
    });
    expect(values.http.expected_status).toEqual([
      [200, 299],
      [404, 404],
    ]);
  });
});

it('computes deadlines and default timeouts as the server does', () => {
  expect(deadlineMs(10_000, 1, 1_000)).toBe(21_250);
  expect(deadlineMs(100, 2, 333)).toBe(300 + 2 * 417);
  expect(defaultTimeoutMs(10, 1, 1_000)).toBe(4_300);
  expect(defaultTimeoutMs(60, 1, 1_000)).toBe(10_000);
});

const { http: _, ...base } = monitor();
const EACH_KIND: Monitor[] = [
  monitor(),
  monitor({
    upside_down: true,
    http: {
      method: 'POST',
      expected_status: [[200, 299]],
      headers: { Accept: 'text/html', 'X-Api-Key': '***' },
      body: '{}',
      auth: { type: 'basic', username: 'ada', password: '***' },
      max_redirects: 5,
      contains: 'ok',
      json: { path: '$.n', equals: '5' },
      expected_headers: { Server: null, 'X-Cache': 'HIT' },
      ip_family: 'v6',
      verify_tls: false,
      tls_warn_days: 7,
      tls_resumption: true,
    },
  }),
  { ...base, kind: 'tcp', url: 'tcp://[2001:db8::1]:25', tcp: { send: 'EHLO\r\n', expect: '250' } },
  { ...base, kind: 'tls', url: 'tls://a.example:443', tls: { warn_days: 30, verify_tls: false } },
  { ...base, kind: 'dns', url: 'dns://a.example', dns: { record_type: 'MX', expected: ['10 b.', '20 c.'] } },
  { ...base, kind: 'icmp', url: 'icmp://192.0.2.1', icmp: { packets: 5, max_loss_percent: 20 } },
];

it.each(EACH_KIND)('finds no changes in an untouched form: $kind', (each) => {
  expect(editOf(each, monitorSchema.parse(formOf(each)))).toEqual({});
});

it.each([[null], ['null'], [''], [' ok '], ['" "'], [[null]], ['9007199254740993'], [1e20]])(
  'keeps the expected value %j',
  (equals) => {
    const http = { ...(monitor().http as HttpSettings), json: { path: '$.a', equals } };
    const form = formOf(monitor({ http }));
    expect(editOf(monitor({ http }), monitorSchema.parse(form))).toEqual({});
    expect(inputOf(monitorSchema.parse(form))).toMatchObject({ http: { json: { path: '$.a', equals } } });
  },
);

it('follows ten redirects unless another number is given', () => {
  expect(NEW_MONITOR.http.max_redirects).toBe('10');
  const none = monitorSchema.parse({
    ...formOf(monitor()),
    http: { ...NEW_MONITOR.http, max_redirects: '0' },
  });
  expect(editOf(monitor(), none)).toEqual({ http: { max_redirects: 0 } });
});

it('sends the whole definition where the one before cannot be read', () => {
  const unreadable: Monitor = { ...base, kind: null, url: null, definition_error: 'it cannot' };
  const form = formOf(unreadable);
  expect(form.name).toBe('Example');
  const values = monitorSchema.parse({ ...form, url: 'https://example.org/' });
  expect(editOf(unreadable, values)).toEqual(inputOf(values));
});

it('sends changed settings, and null for those reset to their defaults', () => {
  const form = formOf(EACH_KIND[1] as Monitor);
  const auth = { ...form.http.auth, type: 'bearer' as const, token: 't' };
  const http = { ...form.http, contains: '', auth, headers: 'X-Api-Key: ***' };
  expect(editOf(EACH_KIND[1] as Monitor, monitorSchema.parse({ ...form, upside_down: false, http }))).toEqual(
    {
      upside_down: null,
      http: { contains: null, auth: { type: 'bearer', token: 't' }, headers: { 'X-Api-Key': '***' } },
    },
  );
});

it('sends a changed kind with only its own settings', () => {
  const dns = { ...NEW_MONITOR.dns, expected: ' 192.0.2.1 \n\n' };
  const form = { ...formOf(monitor()), kind: 'dns' as const, url: 'example.org', dns };
  expect(editOf(monitor(), monitorSchema.parse(form))).toEqual({
    kind: 'dns',
    url: 'dns://example.org',
    dns: { record_type: 'A', expected: ['192.0.2.1'] },
  });
});

it.each([
  ['tcp', 'db.example.org:5432', 'tcp://db.example.org:5432'],
  ['tcp', 'tcp://db.example.org:5432', 'tcp://db.example.org:5432'],
  ['tls', 'example.org', 'tls://example.org:443'],
  ['tls', '[2001:db8::1]:853', 'tls://[2001:db8::1]:853'],
  ['icmp', '192.0.2.1', 'icmp://192.0.2.1'],
] as const)('sends the address of a %s monitor, %s, as %s', (kind, url, address) => {
  expect(inputOf(monitorSchema.parse({ ...VALID, kind, url })).url).toBe(address);
});

it('sends line endings as entered', () => {
  const tcp = { send: 'EHLO a\\r\\nQUIT\\n C:\\\\n', expect: '' };
  const values = monitorSchema.parse({ ...VALID, kind: 'tcp', url: 'a.example:25', tcp });
  expect(values.tcp.send).toBe('EHLO a\r\nQUIT\n C:\\n');
});

it.each([
  ['ok', 'ok'],
  ['true', true],
  ['5', 5],
  ['"5"', '5'],
  ['null', null],
  ['"null"', 'null'],
  ['""', ''],
])('parses the JSON value %s', (text, equals) => {
  const values = monitorSchema.parse({ ...VALID, ...withHttp({ json: { path: '$.a', equals: text } }) });
  expect(values.http.json).toEqual({ path: '$.a', equals });
});

it('changes and takes away the external key, and says what is wrong with one', () => {
  const form = formOf(monitor({ external_key: 'shop:1' }));
  const edited = (external_key: string) =>
    editOf(monitor({ external_key: 'shop:1' }), monitorSchema.parse({ ...form, external_key }));
  expect(edited('shop:1')).toEqual({});
  expect(edited(' shop:2 ')).toEqual({ external_key: 'shop:2' });
  expect(edited('')).toEqual({ external_key: null });
  for (const external_key of ['.', '-a', 'a b', 'ä', 'x'.repeat(129)]) {
    expect(monitorSchema.safeParse({ ...form, external_key }).success).toBe(false);
  }
});
