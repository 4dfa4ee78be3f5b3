import { cleanup, screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { AlertStep, CheckResult, Incident } from '@/api/models';
import { sessionStore } from '@/api/session';
import { DOWN_FROM_TWO } from '../../../test/regions';
import { renderAt } from '../../../test/render';
import { channel, http, monitor, page, problem, serveQuietAccount, server } from '../../../test/server';

const ID = '8f0c1c1e-0000-4000-8000-000000000000';
const INCIDENT: Incident = {
  id: ID,
  monitor_id: 42,
  monitor_name: 'Example',
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: '2025-11-20T11:10:00.000Z',
  duration_seconds: 600,
  close_reason: 'recovered',
  error_code: 'read_timeout',
  first_error: 'Timed out after 5 s (waiting for the response)',
  last_error: 'Timed out after 5 s (waiting for the response)',
  acknowledged: { at: '2025-11-20T11:05:00.000Z', by: 'Ada' },
  notes: [{ at: '2025-11-20T11:06:00.000Z', by: 'Ada', text: 'The disk is full' }],
};

const step = (at: string, changes: Partial<AlertStep>): AlertStep => ({
  at: `2025-11-20T11:${at}.000Z`,
  step: 'decided',
  alert: 'down',
  channel_id: 5,
  delivery_id: 'd',
  attempt: 0,
  reason: null,
  receipt: null,
  source: { cluster: 'c', topic: 'monitoring-results', partition: 3, offset: 17 },
  revision: 4,
  ...changes,
});

function serveIncident(steps: AlertStep[]) {
  serveQuietAccount();
  server.use(
    http.get('/incidents/{id}', () => HttpResponse.json(INCIDENT)),
    http.get('/incidents/{id}/events', () => HttpResponse.json(page(steps))),
    http.get('/channels', () => HttpResponse.json(page([channel()]))),
  );
}

it('leads to why somebody was notified when it began', async () => {
  serveIncident([]);
  renderAt(`/incidents/${ID}`);
  const link: HTMLAnchorElement = await screen.findByRole('link', { name: 'Why was I (not) notified?' });
  const { pathname, searchParams } = new URL(link.href);
  expect(pathname).toBe('/monitors/42/why');
  expect(searchParams.get('at')).toContain(INCIDENT.started_at);
});

it('shows the delivery of each alert in the timeline, with retries folded', async () => {
  serveIncident([
    step('00:00', {}),
    step('00:01', { step: 'attempted', attempt: 1, reason: 'HTTP 500' }),
    step('00:02', { step: 'attempted', attempt: 2, reason: 'HTTP 429' }),
    step('00:02', { step: 'attempted', attempt: 3, reason: 'HTTP 503' }),
    step('00:03', { step: 'sent', attempt: 4, receipt: '1732100000.000100' }),
    step('00:04', { step: 'suppressed', channel_id: null, reason: 'the monitor is muted' }),
    step('10:00', { step: 'failed', alert: 'up', channel_id: 6, reason: 'no such channel' }),
  ]);
  const { user } = renderAt(`/incidents/${ID}`);
  const list = await screen.findByRole('list', { name: 'Timeline' });
  await within(list).findByText('Sent to #operations', { exact: false });
  expect(
    within(list)
      .getAllByRole('listitem')
      .map((item) => item.querySelector('p')?.textContent)
      .reverse(),
  ).toEqual([
    'Timed out after 5 s (waiting for the response)',
    'DownQueued for #operations',
    'DownAttempt 1 to #operations failed: HTTP 500',
    'DownAttempts 2–3 to #operations failed: HTTP 503',
    'DownSent to #operations',
    'DownNot sent to any channel: the monitor is muted',
    'Acknowledged by Ada',
    'Note by Ada',
    'Resolved',
    'UpDelivery to a deleted channel failed: no such channel',
  ]);
  expect(within(list).getByText('1732100000.000100')).toBeTruthy();
  const source = 'monitoring-results, partition 3, offset 17, monitor revision 4';
  expect(within(list).getAllByTitle(source)).toHaveLength(6);
  await user.click(screen.getByRole('button', { name: 'Show each attempt' }));
  expect(within(list).getByText(/Attempt 2 to #operations failed: HTTP 429/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Fold attempts' })).toBeTruthy();
});

it('lists notes, adds one and shows its errors', async () => {
  serveIncident([]);
  const notes = [...(INCIDENT.notes ?? []), { at: '2025-11-20T12:00:00.000Z', by: 'Bo', text: 'Cleaned' }];
  server.use(
    http.post(
      '/incidents/{id}/notes',
      () => problem(422, '1 field is invalid', [{ field: 'text', message: 'must not be rude' }]),
      { once: true },
    ),
    http.post('/incidents/{id}/notes', () => HttpResponse.json({ ...INCIDENT, notes })),
  );
  const { user } = renderAt(`/incidents/${ID}`);
  expect(await screen.findByText('The disk is full')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  expect(await screen.findByText('Required')).toBeTruthy();
  await user.type(screen.getByLabelText('New note'), 'Cleaned');
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  expect(await screen.findByText('must not be rude')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  const list = screen.getByRole('list', { name: 'Timeline' });
  expect(await within(list).findByText('Cleaned')).toBeTruthy();
  expect(within(list).getByText('Note by Bo')).toBeTruthy();
  expect(screen.getByLabelText('New note')).toHaveProperty('value', '');
});

it('keeps a note that was not sent until it is, or until somebody logs out', async () => {
  serveIncident([]);
  const first = renderAt(`/incidents/${ID}`);
  await first.user.type(await screen.findByLabelText('New note'), 'Half a thought');
  const [away] = screen.getAllByRole('link', { name: 'Incidents' });
  if (away) await first.user.click(away);
  expect(await screen.findByRole('heading', { name: 'Incidents' })).toBeTruthy();
  cleanup();
  renderAt(`/incidents/${ID}`);
  expect(await screen.findByLabelText('New note')).toHaveProperty('value', 'Half a thought');
  cleanup();
  sessionStore.signOut();
  renderAt(`/incidents/${ID}`);
  expect(await screen.findByLabelText('New note')).toHaveProperty('value', '');
});

it('shows the page for an unknown incident as not found', async () => {
  serveQuietAccount();
  server.use(http.get('/incidents/{id}', () => problem(404, 'there is no such incident')));
  renderAt('/incidents/nothing');
  expect(await screen.findByRole('heading', { name: 'Page not found' })).toBeTruthy();
});

it('says why each channel was notified, and which step reached nobody', async () => {
  const route = { by: 'route', route_id: 1, route_name: 'Payments' } as const;
  const nightShift = { policy_id: 21, policy_name: 'Night shift' };
  serveIncident([
    step('00:00', { cause: { by: 'default' } }),
    step('00:01', { channel_id: 7, channel_name: 'Pager', cause: { by: 'monitor' } }),
    step('00:02', {
      step: 'suppressed',
      channel_id: null,
      delivery_id: null,
      attempt: 2,
      reason: 'schedule Primary has nobody on call',
      cause: { ...route, step: { ...nightShift, round: 1, step: 2 } },
    }),
    step('00:03', {
      channel_id: 8,
      channel_name: 'Bo: Telegram',
      cause: {
        ...route,
        step: { ...nightShift, round: 2, step: 1, target: { kind: 'team', id: 31, name: 'SRE' } },
      },
    }),
    step('00:04', { step: 'sent', channel_id: 8, channel_name: 'Bo: Telegram', cause: route }),
  ]);
  renderAt(`/incidents/${ID}`);
  const list = within(await screen.findByRole('list', { name: 'Timeline' }));
  const item = (text: string) => list.getByText(text, { exact: false }).closest('li');
  expect(
    (await list.findByText('Queued for #operations', { exact: false })).closest('li')?.textContent,
  ).toContain('No route matched');
  expect(item('Queued for Pager')?.textContent).toContain('Set at the monitor');
  expect(item('Queued for Bo: Telegram')?.textContent).toContain(
    'Route Payments · step 1 of Night shift, round 2 · team SRE',
  );
  expect(item('Nobody notified by step 2 of Night shift: schedule Primary has nobody on call')).toBeTruthy();
  // It has been said of that channel.
  expect(item('Sent to Bo: Telegram')?.textContent).not.toContain('Route Payments');
});

it('says that an acknowledgement has expired, and acknowledges again', async () => {
  let incident: Incident = {
    ...INCIDENT,
    resolved_at: null,
    close_reason: null,
    acknowledged: null,
    acknowledgement_expired_at: '2025-11-20T11:08:00.000Z',
  };
  serveIncident([]);
  server.use(
    http.get('/incidents/{id}', () => HttpResponse.json(incident)),
    http.post('/incidents/{id}/acknowledge', () => {
      const { acknowledgement_expired_at: _, ...others } = incident;
      incident = { ...others, acknowledged: { at: '2025-11-20T11:09:00.000Z', by: 'Bo' } };
      return HttpResponse.json(incident);
    }),
  );
  const { user } = renderAt(`/incidents/${ID}`);
  expect(await screen.findByText(/^The acknowledgement has expired/)).toBeTruthy();
  expect(await screen.findByText('Acknowledgement expired')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Acknowledge again' }));
  expect(await screen.findByText('Acknowledged by Bo')).toBeTruthy();
  expect(screen.queryByText(/^The acknowledgement has expired/)).toBeNull();
});

const check = (at: string, state: CheckResult['state'], error: string | null): CheckResult => ({
  scheduled_at: `2025-11-20T11:${at}.000Z`,
  checked_at: `2025-11-20T11:${at}.500Z`,
  outcome: state === 'down' ? 'down' : 'up',
  state,
  error,
  error_code: error ? 'read_timeout' : null,
  status_code: null,
  latency_ms: null,
  attempts: 1,
  region: '',
});

/** The oldest first. */
const textsOf = (list: HTMLElement) =>
  within(list)
    .getAllByRole('listitem')
    .map((item) => item.querySelector('p')?.textContent)
    .reverse();

it('begins with the checks that failed before somebody was notified, long runs folded', async () => {
  serveIncident([step('02:00', {})]);
  let asked: string | null = null;
  let checks = [
    check('03:00', 'down', 'timed out later'),
    check('01:30', 'up', null),
    check('01:00', 'down', 'timed out twice'),
    check('00:30', 'down', 'timed out once'),
    check('00:00', 'down', 'timed out'),
  ];
  server.use(
    http.get('/monitors/{id}/results', ({ query }) => {
      asked = query.get('from');
      return HttpResponse.json(page(checks));
    }),
  );
  const first = renderAt(`/incidents/${ID}`);
  const list = await screen.findByRole('list', { name: 'Timeline' });
  await within(list).findByText(/Timed out twice/);
  expect(textsOf(list).slice(0, 4)).toEqual([
    'Timed out after 5 s (waiting for the response)',
    'Check failed: Timed out once',
    'Check failed: Timed out twice',
    'DownQueued for #operations',
  ]);
  expect(asked).toBe(INCIDENT.started_at);
  first.unmount();
  checks = ['10', '20', '30', '40'].map((second) => check(`00:${second}`, 'down', `at ${second}`));
  const { user } = renderAt(`/incidents/${ID}`);
  expect(await screen.findByText(/4 more checks failed: At 40/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Show each attempt' }));
  expect(screen.getByText(/Check failed: At 20/)).toBeTruthy();
});

it('says in words why a notification was not sent, and leads to the monitor that is the cause', async () => {
  const reasons = [
    'monitor 7, on which it depends, is down',
    'over when monitor 7 was, on which it depends',
    'resolved while it was silenced',
    'resolved during a maintenance window',
    'over in the quiet hours of the channel',
    'flapping: over within 5 minutes',
    'throttled: the channel was notified about the monitor recently',
    'something new',
  ];
  serveIncident(
    reasons.map((reason, at) => step(`00:0${at}`, { step: 'suppressed', channel_id: null, reason })),
  );
  server.use(http.get('/monitors', () => HttpResponse.json(page([monitor({ id: 7, name: 'Database' })]))));
  renderAt(`/incidents/${ID}`);
  const list = await screen.findByRole('list', { name: 'Timeline' });
  const [link] = await within(list).findAllByRole('link', { name: 'Database' });
  expect(link).toHaveProperty('pathname', '/monitors/7');
  const nobody = 'DownNot sent to any channel: ';
  expect(textsOf(list).slice(1, 9)).toEqual([
    `${nobody}Database, on which it depends, is down`,
    `${nobody}Database, on which it depends, was down until then`,
    `${nobody}resolved during a silence`,
    `${nobody}resolved during a maintenance window`,
    `${nobody}over in the quiet hours of the channel`,
    `${nobody}the monitor is flapping, and it was over within 5 min`,
    `${nobody}cooldown: the channel was notified of this monitor recently`,
    `${nobody}something new`,
  ]);
});

it('shows notifications alone, or what people did', async () => {
  serveIncident([step('00:30', { step: 'sent' })]);
  const { user } = renderAt(`/incidents/${ID}`);
  const list = await screen.findByRole('list', { name: 'Timeline' });
  await user.click(screen.getByRole('button', { name: 'People' }));
  const begun = 'Timed out after 5 s (waiting for the response)';
  expect(textsOf(list)).toEqual([begun, 'Acknowledged by Ada', 'Note by Ada', 'Resolved']);
  await user.click(screen.getByRole('button', { name: 'Notifications' }));
  expect(textsOf(list)).toEqual([begun, 'DownSent to #operations', 'Resolved']);
});

it('says from which regions it was down when it started, and whose checks failed', async () => {
  serveIncident([step('02:00', {})]);
  const found: Incident = { ...INCIDENT, regions: DOWN_FROM_TWO };
  const checks = [{ ...check('01:00', 'down', 'timed out twice'), region: 'us' }];
  server.use(
    http.get('/incidents/{id}', () => HttpResponse.json(found)),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page(checks))),
  );
  renderAt(`/incidents/${ID}`);
  expect(await screen.findByText('When it started: down from eu, us; up from ap')).toBeTruthy();
  expect(await screen.findByText(/^Check failed from us/)).toBeTruthy();
});
