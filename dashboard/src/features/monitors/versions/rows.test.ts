import { expect, it } from 'vitest';
import type { VersionDifference } from '@/api/models';
import { beginningOf } from '@/components/versions/long-text';
import { problemsAt } from '@/components/versions/rows';
import { difference } from '../../../../test/versions';
import { labelsOf, type Names } from './fields';
import { idsIn, rowsOf, settingsOf } from './rows';

const NAMES: Names = {
  monitor: (id) => `monitor ${id}`,
  channel: (id) => `channel ${id}`,
  policy: (id) => `policy ${id}`,
};

/** "Interval: 60 s → 30 s". */
const linesOf = (differences: Partial<VersionDifference>[], kind: 'http' | 'heartbeat' = 'http') =>
  rowsOf(
    differences.map((each) => difference({ before: null, after: null, ...each })),
    kind,
    NAMES,
  ).map(({ label, before, after, isSecret }) =>
    isSecret ? `${label}: secret` : `${label}: ${before ?? '–'} → ${after ?? '–'}`,
  );

it.each([
  ['name', 'Shop', 'Shop 2', 'Name: Shop → Shop 2'],
  ['kind', 'http', 'tcp', 'Type: HTTP → TCP'],
  ['interval_seconds', 60, 3_600, 'Interval: 60 s → 3,600 s'],
  ['timeout_ms', null, 5_000, 'Timeout: – → 5,000 ms'],
  ['paused', false, true, 'Paused: No → Yes'],
  ['upside_down', null, true, 'Invert result: No → Yes'],
  ['tags', [], ['eu', 'web'], 'Tags: – → eu, web'],
  ['severity', 'critical', 'info', 'Severity: Critical → Info'],
  ['depends_on', [], [7, 8], 'Depends on: – → monitor 7, monitor 8'],
  ['down_of', null, 5, 'Of the last: Failed in a row → 5'],
  ['down_for_seconds', null, 5_400, 'For at least: – → 90 min'],
  ['recipients', null, { to: 'channels', channels: [5] }, 'Who is notified: By the routes → Channel 5'],
  [
    'recipients',
    { to: 'policy', policy_id: 3 },
    { to: 'nobody' },
    'Who is notified: Policy policy 3 → Nobody',
  ],
  ['http.expected_status', null, [[200, 204]], 'Expected status codes: 200-399 → 200-204'],
  ['http.verify_tls', null, false, 'Verify TLS certificate: Yes → No'],
  ['http.tls_resumption', null, true, 'Resume TLS sessions: No → Yes'],
  ['http.ip_family', null, 'v6', 'IP version: IPv4 or IPv6 → IPv6 only'],
  ['http.max_redirects', 0, null, 'Max redirects: 0 → 10'],
  ['http.tls_warn_days', null, 14, 'Minimum certificate validity: – → 14 days'],
  ['http.json.equals', 'true', true, 'JSON value: "true" → true'],
  ['http.headers.Accept', null, 'text/html', 'Headers: Accept: – → text/html'],
  ['icmp.max_loss_percent', 20, null, 'Max packet loss: 20% → 50%'],
  ['tcp.send', null, 'EHLO\r\n', 'Send: – → EHLO\\r\\n'],
  ['regions', [], ['eu', 'us'], 'Checked from: – → eu, us'],
  ['quorum', null, { down: 'majority', min_regions: null }, 'Down when found by: – → Majority'],
  [
    'quorum',
    { down: 1, min_regions: 2 },
    { down: 'all' },
    'Down when found by: 1 region, with recent results from at least 2 → All',
  ],
  ['quorum.down', null, 2, 'Down when found by: – → 2 regions'],
  ['quorum.min_regions', 2, null, 'Regions with recent results: 2 → –'],
  ['heartbeat.grace_seconds', null, 90_061, 'Grace time: 1 h → 90061 s'],
])('shows %s in the words and units of the form', (field, before, after, expected) => {
  expect(linesOf([{ field, before, after }])).toEqual([expected]);
});

it('shows a field that it does not know by its name', () => {
  expect(linesOf([{ field: 'future.thing', before: 1, after: { a: 1 } }])).toEqual([
    'future.thing: 1 → –',
    'future.thing.a: – → 1',
  ]);
});

it('finds a field within the part of the type', () => {
  expect(linesOf([{ field: 'headers.Accept', after: '*/*' }])).toEqual(['Headers: Accept: – → */*']);
});

it('has other words for a heartbeat', () => {
  const differences = [
    { field: 'url', before: 'heartbeat://a', after: 'heartbeat://b' },
    { field: 'upside_down', after: true },
    { field: 'heartbeat.schedule', before: { period_seconds: 86_400 }, after: { expression: '0 3 * * *' } },
  ];
  expect(linesOf(differences, 'heartbeat')).toEqual([
    'Slug: a → b',
    'Must not ping: No → Yes',
    'Period: 1 d → –',
    'Schedule: – → 0 3 * * *',
  ]);
});

it('does not show secrets, neither changed nor within what was added', () => {
  const auth = { type: 'basic', username: 'ada', password: '***' };
  expect(linesOf([{ field: 'http.auth.token', secret: true }])).toEqual(['Token: secret']);
  expect(linesOf([{ field: 'http.auth', after: auth }])).toEqual([
    'Authentication: None → Basic auth',
    'Username: – → ada',
    'Password: – → A secret, which is not shown',
  ]);
});

it('takes no defaults of a type that it was not', () => {
  const differences = [
    { field: 'kind', before: 'http', after: 'icmp' },
    { field: 'icmp', after: { packets: 5 } },
    { field: 'http.method', before: 'HEAD' },
  ];
  expect(linesOf(differences)).toEqual(['Type: HTTP → Ping', 'Packets: – → 5', 'Method: HEAD → –']);
});

it('lists all settings of a definition, and nothing that is no setting', () => {
  const part = { http: { method: 'GET' }, tags: [], flapping: null };
  const definition = { name: 'Shop', kind: 'http', version: 3, ...part };
  const rows = settingsOf(definition, 'http', NAMES);
  expect(rows.map(({ label, after }) => `${label}: ${after}`)).toEqual([
    'Name: Shop',
    'Type: HTTP',
    'Method: GET',
  ]);
});

it('names each changed field once', () => {
  expect(labelsOf(['interval_seconds', 'http', 'recipients', 'recipients.to'], 'http')).toEqual([
    'Interval',
    'HTTP settings',
    'Who is notified',
  ]);
});

it('finds the ids for which names are needed', () => {
  expect(idsIn([difference({ field: 'depends_on', before: [7], after: [7, 8] })])).toEqual({
    monitors: [7, 8],
    hasRecipients: false,
  });
  const recipients = { field: 'recipients', before: null, after: { to: 'nobody' } };
  expect(idsIn([recipients]).hasRecipients).toBe(true);
  expect(idsIn([{ ...recipients, after: null }]).hasRecipients).toBe(false);
});

it('puts what is wrong at the setting that it is about', () => {
  const rows = rowsOf([difference(), difference({ field: 'http.auth.type', after: 'basic' })], 'http', NAMES);
  const { atRows, others } = problemsAt(rows, [
    { field: 'interval_seconds', message: 'is too short' },
    { field: 'http.auth', message: 'is wrong' },
    { field: 'url', message: 'must be public' },
  ]);
  expect([...atRows]).toEqual([
    ['interval_seconds', 'is too short'],
    ['http.auth.type', 'is wrong'],
  ]);
  expect(others).toEqual([{ field: 'url', message: 'must be public' }]);
});

it('cuts long texts by their characters and their lines', () => {
  expect(beginningOf('short')).toBeNull();
  expect(beginningOf('a'.repeat(300))).toBe(`${'a'.repeat(240)}…`);
  expect(beginningOf('1\n2\n3\n4\n5\n6')).toBe('1\n2\n3\n4\n5…');
});
