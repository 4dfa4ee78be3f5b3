import { fireEvent, screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Why, WhyDelivery, WhyIncident, WhyVote, WhyVotes } from '@/api/models';
import { whyAnswerValues } from '@/api/schema';
import { why } from '../../../../test/backtest';
import { heartbeatMonitor } from '../../../../test/heartbeats';
import { renderAt } from '../../../../test/render';
import { explanation, http, monitor, problem, serveQuietAccount, server } from '../../../../test/server';
import { ANSWER_LABELS, DECIDED_AT } from './messages';

const AT = '2025-11-20T12:00:00.000Z';
const HERE = `/monitors/42/why?at=${encodeURIComponent(JSON.stringify(AT))}`;

const INCIDENT: WhyIncident = {
  id: '01936f1e-0000-7000-8000-000000000042',
  degraded: false,
  started_at: '2025-11-20T11:57:00.000Z',
  resolved_at: null,
  close_reason: null,
  error_code: 'read_timeout',
  error: 'no response within 10 s',
  source: { cluster: 'c', topic: 'monitoring-results', partition: 3, offset: 17 },
  acknowledged: { at: '2025-11-20T11:59:00.000Z', by: 'Ada' },
};

const delivery = (changes: Partial<WhyDelivery> = {}): WhyDelivery => ({
  id: 'd1',
  channel_id: 5,
  channel_name: '#operations',
  alert: 'down',
  decided_at: '2025-11-20T11:59:01.000Z',
  outcome: 'sent',
  attempts: [{ at: '2025-11-20T11:59:02.000Z', number: 1, reason: 'answered 503' }],
  ended_at: '2025-11-20T11:59:10.000Z',
  receipt: 'ts 17',
  ...changes,
});

const DOWN: Partial<Why> = {
  incident: INCIDENT,
  route: explanation(),
  rule: { ...(why().rule as NonNullable<Why['rule']>), failing: 3, is_down: true },
};

const BY_ANSWER: Record<Why['answer'], Partial<Why>> = {
  notified: { ...DOWN, deliveries: [delivery()] },
  sending: { ...DOWN, deliveries: [delivery({ outcome: 'pending', ended_at: null, receipt: null })] },
  failed: { ...DOWN, deliveries: [delivery({ outcome: 'failed', receipt: 'answered 403' })] },
  held_back: {
    ...DOWN,
    suppressions: [
      {
        at: AT,
        by: 'quiet_hours',
        reason: 'in quiet hours until 07:00',
        alert: 'down',
        channel_id: 5,
        channel_name: 'Pager',
      },
    ],
  },
  suppressed: {
    ...DOWN,
    suppressions: [
      {
        at: AT,
        by: 'dependency',
        reason: 'monitor 42, on which it depends, is down',
        alert: 'down',
        channel_id: null,
      },
    ],
    without: [
      {
        without: 'dependency',
        messages: [{ at: AT, channel_id: 5, channel_name: '#operations', alert: 'down' }],
      },
      { without: 'quiet_hours', messages: [] },
    ],
  },
  nobody: {
    ...DOWN,
    route: explanation({ destinations: [{ by: 'default', recipients: null, channels: [], policy: null }] }),
  },
  not_down: {},
  unconfirmed: { rule: { ...(why().rule as NonNullable<Why['rule']>), failing: 2, is_known: false } },
  not_checked: { not_checked: 'the monitor was paused' },
  unknown: { checks: [], rule: null },
};

function serveWhy(answer: Why, shown = monitor()): (string | null)[] {
  serveQuietAccount([shown]);
  const asked: (string | null)[] = [];
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(shown)),
    http.get('/monitors/{id}/why', ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('at'));
      return HttpResponse.json(answer);
    }),
  );
  return asked;
}

const chain = async () => within(await screen.findByRole('list', { name: 'What happened, step by step' }));
const headings = async () =>
  (await chain()).getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent);

const AFTER = ['Route', 'What kept it back', 'Notifications'];
const TITLES = {
  checks: 'Checks',
  rule: 'Rule',
  incident: 'Incident',
  route: 'Route',
  kept_back: 'What kept it back',
  notifications: 'Notifications',
};

it.each(whyAnswerValues)('answers that it is %s, and where that was decided', async (answer) => {
  serveWhy(why({ ...BY_ANSWER[answer], answer, summary: 'this is why' }));
  renderAt(HERE);
  expect(await screen.findByText(ANSWER_LABELS[answer])).toBeTruthy();
  expect(screen.getByText('this is why')).toBeTruthy();
  const step = DECIDED_AT[answer];
  const titles = await headings();
  const decisive = titles.filter((title) => title?.endsWith('Decided here'));
  expect(decisive).toEqual(step ? [`${TITLES[step]}Decided here`] : []);
  // Without an incident there is nothing that came after it.
  const hasIncident = 'incident' in BY_ANSWER[answer];
  expect(AFTER.some((title) => titles.some((each) => each?.startsWith(title)))).toBe(hasIncident);
});

it('shows how far the rule was met, and that it is not the one of that time', async () => {
  serveWhy(why({ ...BY_ANSWER.unconfirmed, answer: 'unconfirmed' }));
  renderAt(HERE);
  const steps = await chain();
  expect(steps.getByText('2 failed checks that counted, 3 needed')).toBeTruthy();
  expect(
    steps.getByText(/^Down after 3 failed checks in a row\. Up after 1 successful check\./),
  ).toBeTruthy();
  expect(steps.getByText('The rule of that time is not stored. This is the current one.')).toBeTruthy();
  expect(steps.getByText(/There was no incident at that time/)).toBeTruthy();
});

it('shows what each region said in place of how many checks failed', async () => {
  const [check] = why().checks;
  const vote = (region: string, changes: Partial<WhyVote>): WhyVote => ({
    region,
    state: 'up',
    since: '2025-11-20T10:00:00.000Z',
    last_slot: '2025-11-20T11:59:00.000Z',
    contradicted: 0,
    error_code: null,
    error: null,
    ...changes,
  });
  const votes: WhyVotes = {
    regions: [
      vote('ap', { contradicted: 2 }),
      vote('eu', { state: 'down', error_code: 'read_timeout', error: 'no response within 10 s' }),
      vote('me', { state: 'unknown', since: null, last_slot: null }),
      vote('us', { state: 'absent' }),
    ],
    down: 2,
    min_regions: 3,
    is_unseen: true,
  };
  const checks = [{ ...(check as NonNullable<typeof check>), region: 'ap' }];
  serveWhy(why({ ...BY_ANSWER.unconfirmed, answer: 'unconfirmed', checks, votes }));
  renderAt(HERE);
  const steps = await chain();
  expect(steps.getByText('Down when 2 of 4 regions find it down')).toBeTruthy();
  expect(steps.queryByText(/failed checks that counted/)).toBeNull();
  const said = within(steps.getByRole('list', { name: 'What each region found' })).getAllByRole('listitem');
  expect(said.map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/^apUpsince .* · 2 checks in a row since found otherwise$/),
    expect.stringMatching(/^euDownsince .* · .+/),
    'meNot known yet',
    expect.stringMatching(/^usAbsentlast results at /),
  ]);
  expect(steps.getByText(/nothing is decided by fewer than 3\.$/)).toBeTruthy();
  const list = within(steps.getByRole('list', { name: 'Last checks until then' }));
  expect(list.getByText('ap')).toBeTruthy();
});

it('follows an incident from the log to the receipt', async () => {
  serveWhy(why({ ...BY_ANSWER.notified, answer: 'notified', known_since: '2025-11-20T11:58:00.000Z' }));
  const { user } = renderAt(HERE);
  const steps = await chain();
  expect(steps.getByText('monitoring-results, partition 3, offset 17')).toBeTruthy();
  await user.click(steps.getByRole('button', { name: 'Copy topic, partition and offset' }));
  expect(await navigator.clipboard.readText()).toBe('monitoring-results/3/17');
  expect(steps.getByRole('link', { name: 'Go to the incident' })).toHaveProperty(
    'pathname',
    `/incidents/${INCIDENT.id}`,
  );
  expect(steps.getByText(/by Ada$/)).toBeTruthy();
  // It began before it is known how alerts were routed.
  expect(steps.getByText(/This is as it would be now/)).toBeTruthy();
  expect(steps.getByText('The only enabled channel')).toBeTruthy();
  const [sent] = within(steps.getByRole('list', { name: 'Notifications' })).getAllByRole('listitem');
  expect(sent?.textContent).toMatch(
    /Sent#operationsDown.*Queued.*Attempt 1 failed · answered 503.*Sent · ts 17/,
  );
});

it('names what kept it back, and what would have been sent without', async () => {
  serveWhy(why({ ...BY_ANSWER.suppressed, answer: 'suppressed' }));
  renderAt(HERE);
  const steps = await chain();
  expect(await steps.findByRole('link', { name: 'Example' })).toBeTruthy();
  expect(steps.getByText(/, on which it depends, is down/)).toBeTruthy();
  expect(steps.getByText('No notification was queued.')).toBeTruthy();
  expect(steps.queryByText(/could not be worked out/)).toBeNull();
  const [dependency, quiet] = [
    ...within(steps.getByRole('list', { name: 'Without what kept it back' })).getAllByRole('listitem'),
  ].filter(({ textContent }) => textContent?.startsWith('Without'));
  expect(dependency?.textContent).toMatch(/^Without dependencies1 notification.*Down · #operations$/);
  expect(quiet?.textContent).toBe('Without quiet hoursNothing more');
});

it('says that it is not known what would have been sent without', async () => {
  serveWhy(why({ ...BY_ANSWER.held_back, answer: 'held_back', without_known: false }));
  renderAt(HERE);
  const steps = await chain();
  expect(
    steps.getByText(
      'It could not be worked out what would have been sent without them: there was no time, too much to go through, or its results are no longer shown.',
    ),
  ).toBeTruthy();
  expect(await headings()).toContain('Without what kept it back');
  // Everything else is there.
  expect(steps.getByText(/In quiet hours until 07:00/)).toBeTruthy();
});

it('shows the last of many checks, and all of them when asked', async () => {
  const [check] = why().checks;
  const checks = Array.from({ length: 20 }, (_, minute) => ({
    ...(check as NonNullable<typeof check>),
    scheduled_at: `2025-11-20T11:${10 + minute}:00.000Z`,
    latency_ms: 100 + minute,
  }));
  serveWhy(why({ checks }));
  const { user } = renderAt(HERE);
  const list = within(await screen.findByRole('list', { name: 'Last checks until then' }));
  expect(list.getAllByRole('listitem')).toHaveLength(6);
  expect(list.getByText('119 ms')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Show all 20 checks' }));
  expect(list.getAllByRole('listitem')).toHaveLength(20);
});

it('says that a heartbeat has no checks, and by no rule', async () => {
  serveWhy(
    why({
      ...DOWN,
      answer: 'notified',
      checks: [],
      rule: null,
      deliveries: [delivery()],
      without_known: false,
    }),
    heartbeatMonitor(),
  );
  renderAt(HERE);
  expect(await screen.findByText('A heartbeat waits for pings: it has no checks.')).toBeTruthy();
  expect(await headings()).not.toContain('Rule');
});

it('asks about another instant, not about one that is to come, and about now again', async () => {
  const asked = serveWhy(why());
  const { user } = renderAt(HERE);
  await screen.findByText(ANSWER_LABELS.not_down);
  const field = screen.getByLabelText('At');
  fireEvent.change(field, { target: { value: '2125-01-01T00:00' } });
  await user.click(screen.getByRole('button', { name: 'Explain' }));
  expect(await screen.findByText('Must not be in the future')).toBeTruthy();
  fireEvent.change(field, { target: { value: '2025-11-19T10:30' } });
  await user.click(screen.getByRole('button', { name: 'Explain' }));
  const local = new Date('2025-11-19T10:30').toISOString();
  await screen.findByText(ANSWER_LABELS.not_down);
  expect(asked).toEqual([AT, local]);
  await user.click(screen.getByRole('button', { name: 'Now' }));
  await screen.findByText(ANSWER_LABELS.not_down);
  expect(asked).toEqual([AT, local, null]);
});

it('passes over an instant in the address that is none', async () => {
  const asked = serveWhy(why());
  renderAt('/monitors/42/why?at=yesterday');
  expect(await screen.findByText(ANSWER_LABELS.not_down)).toBeTruthy();
  expect(asked).toEqual([null]);
});

it('shows what the server refuses', async () => {
  serveWhy(why());
  server.use(http.get('/monitors/{id}/why', () => problem(422, 'results are kept for 90 days')));
  renderAt(HERE);
  expect(await screen.findByText('results are kept for 90 days')).toBeTruthy();
});
