/** Mock backtests, by made-up incidents of which more checks in a row leave out the short ones, and why pages. */
import type {
  Backtest,
  BacktestIncident,
  BacktestInput,
  BacktestOutcome,
  Monitor,
  Why,
  WhyAnswer,
} from '../src/api/models';
import { suppressionValues, whyAnswerValues } from '../src/api/schema';
import { explain } from './mock-alert-policy';
import { channels, monitors } from './mock-data';
import { fail, found, lookup, on } from './mock-routes';

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

/** Minutes from one made-up incident to the next, and how long each lasts. */
const GAPS = [190, 1_410, 37, 60, 2_900, 815, 44, 4_020, 620, 90];
const LENGTHS = [1, 3, 12, 2, 95, 1, 4, 2, 31, 1];

interface Rough {
  monitor: Monitor;
  from: number;
  minutes: number;
}

function roughly(monitor: Monitor, from: number, until: number): Rough[] {
  const incidents: Rough[] = [];
  let at = Math.floor(from / DAY) * DAY + (monitor.id % 7) * 83 * MINUTE;
  for (let n = monitor.id; at < until; n++) {
    at += (GAPS[n % GAPS.length] ?? 60) * MINUTE;
    if (at > from && at < until) {
      incidents.push({ monitor, from: at, minutes: LENGTHS[(n * 3) % LENGTHS.length] ?? 1 });
    }
  }
  return incidents;
}

const isNight = (at: number) => new Date(at).getHours() >= 22 || new Date(at).getHours() < 7;
const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? null;

interface Options {
  after: number;
  isSilent: (incident: Rough) => boolean;
}

function outcome(name: string | null, all: Rough[], { after, isSilent }: Options, sent?: BacktestOutcome) {
  const list = all
    .filter(({ minutes }) => minutes >= after)
    .map((incident): BacktestIncident => {
      const { monitor, from, minutes } = incident;
      const silent = isSilent(incident);
      const id = `${monitor.id}-${from}`;
      const before = sent?.list.find((each) => each.id === id);
      const wasSilent = before ? before.notified_at === null : true;
      return {
        id,
        monitor_id: monitor.id,
        degraded: false,
        started_at: iso(from),
        detected_at: iso(from + (after - 1) * MINUTE),
        ended_at: iso(from + minutes * MINUTE),
        error_code: minutes > 10 ? 'connect_refused' : 'read_timeout',
        notified_at: silent ? null : iso(from + (after - 1) * MINUTE + 4_000),
        messages: silent ? 0 : 4,
        reasons: silent ? ['in quiet hours until 07:00'] : [],
        change: !sent || silent === wasSilent ? 'same' : silent ? 'missed' : 'added',
      };
    });
  const announced = list.filter(({ notified_at }) => notified_at !== null);
  const messages = announced.reduce((sum, each) => sum + each.messages, 0);
  const known = new Set(list.map(({ id }) => id));
  const gone = (sent?.list ?? []).filter(({ id, notified_at }) => notified_at && !known.has(id));
  const notFound = gone.map(
    (each): BacktestIncident => ({
      ...each,
      notified_at: null,
      messages: 0,
      reasons: ['by this rule it would have been none'],
      change: 'missed',
    }),
  );
  const listed = [...list, ...notFound].sort((a, b) => a.started_at.localeCompare(b.started_at));
  const [channel] = channels.values();
  return {
    name,
    incidents: list.length,
    announced: announced.length,
    degradations: 0,
    messages,
    messages_at_night: announced
      .filter(({ started_at }) => isNight(Date.parse(started_at)))
      .reduce((sum, each) => sum + each.messages, 0),
    seconds_to_detect: list.length > 0 ? (after - 1) * 60 : null,
    seconds_to_notify: median(announced.map(() => (after - 1) * 60 + 4)),
    missed: list.filter(({ change }) => change === 'missed').length + gone.length,
    added: list.filter(({ change }) => change === 'added').length,
    down_seconds: list.length * 300,
    channels: channel ? [{ id: channel.id, name: channel.name, messages }] : [],
    list: listed.slice(0, 500),
  } satisfies BacktestOutcome;
}

/** Days of which results are kept. */
const KEPT = 60;
/** Checks beyond which a backtest is not complete. */
const MAX_RESULTS = 1_000_000;

function backtest(chosen: Monitor[], { from, days, candidates }: BacktestInput): Backtest {
  const until = Date.now();
  const asked = from ? Date.parse(from) : until - (days ?? 30) * DAY;
  const since = Math.max(asked, until - KEPT * DAY);
  const results = Math.round((until - since) / MINUTE) * chosen.length;
  const all = chosen.flatMap((monitor) => roughly(monitor, since, until)).sort((a, b) => a.from - b.from);
  for (const [at, { rule }] of candidates.entries()) {
    if ((rule?.down_after ?? 1) > 20)
      fail(422, '1 field is not valid', [
        { field: `candidates.${at}.rule.down_after`, message: 'must be 1 to 20' },
      ]);
  }
  const quiet = ({ from: at }: Rough) => isNight(at) && at % 3 === 0;
  const sent = outcome(null, all, { after: 1, isSilent: quiet });
  const tryOut = ({ name, rule, without }: BacktestInput['candidates'][number], at: number) =>
    outcome(
      name ?? `Candidate ${at + 1}`,
      all,
      {
        after: rule?.down_after ?? 1,
        isSilent: without?.includes('quiet_hours') ? () => false : quiet,
      },
      sent,
    );
  return {
    from: iso(since),
    until: iso(until),
    known_since: iso(since),
    results,
    is_complete: results <= MAX_RESULTS,
    monitors: chosen.map(({ id, name }) => ({ id, name })),
    left_out: [],
    sent,
    candidates: candidates.map(tryOut),
  };
}

on('post', '/monitors/{id}/backtest', ({ id, body }) => backtest([lookup(monitors, id)], body));

on('post', '/backtests', ({ body: { selection, backtest: input } }) => {
  const { tag, monitors: ids = [] } = selection;
  const all = [...monitors.values()];
  const chosen = tag
    ? all.filter(({ tags }) => tags.includes(tag))
    : all.filter(({ id }) => ids.includes(id));
  return backtest(selection.policy_id == null ? chosen : all.slice(0, 12), input);
});

const SUMMARIES: Record<WhyAnswer, string> = {
  notified: 'Two channels were notified within 4 seconds after the outage was found.',
  sending: 'One message is tried again: Slack answered 503.',
  failed: 'The message was given up after 6 attempts: PagerDuty answered 403.',
  held_back: 'It is announced at 07:00, when the quiet hours of Pager end, if it still goes on.',
  suppressed: 'Nobody was notified: it was over within the quiet hours of the only channel.',
  nobody: 'No channel is enabled.',
  not_down: 'The last check before was successful.',
  unconfirmed: '2 checks have failed, 3 are needed.',
  not_checked: 'The monitor was paused.',
  unknown: 'Nothing is stored of that time.',
};

/** The answer is another one for each minute of the hour, so that all of them can be looked at. */
function why(monitor: Monitor, at: number): Why {
  const answer = whyAnswerValues[new Date(at).getMinutes() % whyAnswerValues.length] ?? 'unknown';
  const hasIncident = !['not_down', 'unconfirmed', 'not_checked', 'unknown'].includes(answer);
  const hasFailed = hasIncident || answer === 'unconfirmed';
  const failing = hasIncident ? 3 : hasFailed ? 2 : 0;
  const from = at - 3 * MINUTE;
  const [first, second] = [...channels.values()];
  const isHeld = answer === 'held_back' || answer === 'suppressed';
  // In every second hour there is no time for it.
  const isInTime = new Date(at).getHours() % 2 === 0;
  const isSimulated = isHeld && isInTime;
  const isSent = answer === 'notified' || answer === 'sending' || answer === 'failed';
  const delivery = (channel: typeof first, n: number) => ({
    id: `01936f1e-0000-7000-8000-00000000000${n}`,
    channel_id: channel?.id ?? 0,
    channel_name: channel?.name ?? null,
    alert: 'down' as const,
    decided_at: iso(from + 2 * MINUTE + 3_100),
    outcome:
      answer === 'sending' && n === 1
        ? ('pending' as const)
        : answer === 'failed'
          ? ('failed' as const)
          : ('sent' as const),
    attempts:
      n === 1 && answer !== 'notified'
        ? [1, 2].map((number) => ({
            at: iso(from + 2 * MINUTE + number * 9_000),
            number,
            reason: 'answered 503 Service Unavailable',
          }))
        : [],
    ended_at: answer === 'sending' && n === 1 ? null : iso(from + 2 * MINUTE + 40_000),
    receipt: answer === 'failed' ? 'answered 403 Forbidden' : 'ok 1763632845.000200',
  });
  return {
    monitor_id: monitor.id,
    monitor_name: monitor.name,
    at: iso(at),
    answer,
    summary: SUMMARIES[answer],
    checks:
      answer === 'unknown' || monitor.kind === 'heartbeat'
        ? []
        : Array.from({ length: 20 }, (_, n) => {
            const when = at - (20 - n) * MINUTE;
            const isDown = n >= 20 - failing;
            return {
              scheduled_at: iso(when),
              checked_at: iso(when + 120),
              appended_at: iso(when + 900),
              state:
                answer === 'not_checked' && n > 16
                  ? ('skipped' as const)
                  : isDown
                    ? ('down' as const)
                    : ('up' as const),
              latency_ms: isDown ? null : 80 + ((n * 37) % 60),
              error_code: isDown ? ('read_timeout' as const) : null,
              error: isDown ? 'no response within 10 s' : null,
              revision: 4,
            };
          }),
    ...(answer === 'not_checked' && { not_checked: 'the monitor was paused by Ada Lovelace' }),
    rule:
      answer === 'unknown' || monitor.kind === 'heartbeat'
        ? null
        : {
            revision: 4,
            down_after: 3,
            up_after: 1,
            slow_ms: 800,
            down_of: 5,
            down_for_seconds: 0,
            failing,
            is_down: hasIncident,
            is_known: answer !== 'unconfirmed',
          },
    incident: hasIncident
      ? {
          id: `01936f1e-0000-7000-8000-000000000042`,
          degraded: false,
          started_at: iso(from),
          resolved_at: answer === 'suppressed' ? iso(at + 9 * MINUTE) : null,
          close_reason: answer === 'suppressed' ? 'recovered' : null,
          error_code: 'read_timeout',
          error: 'no response within 10 s',
          source: { cluster: 'c1', topic: 'monitoring-results', partition: 3, offset: 1_204_117 },
          acknowledged: answer === 'notified' ? { at: iso(from + 5 * MINUTE), by: 'Grace Hopper' } : null,
        }
      : null,
    route: hasIncident ? explain(monitor, 'down') : null,
    known_since: iso(answer === 'failed' ? at + DAY : at - 40 * DAY),
    suppressions: isHeld
      ? [
          {
            at: iso(from + 2 * MINUTE + 3_000),
            by: 'quiet_hours',
            reason: 'in quiet hours until 07:00 (Europe/Berlin)',
            alert: 'down',
            channel_id: first?.id ?? 0,
            channel_name: first?.name ?? null,
          },
          {
            at: iso(from + 2 * MINUTE + 3_000),
            by: 'dependency',
            reason: `monitor ${[...monitors.keys()][2]}, on which it depends, is down`,
            alert: 'down',
            channel_id: null,
          },
        ]
      : [],
    deliveries: isSent ? [delivery(first, 1), delivery(second, 2)] : [],
    without: isSimulated
      ? [
          {
            without: 'quiet_hours',
            messages: [
              {
                at: iso(from + 2 * MINUTE + 3_100),
                channel_id: first?.id ?? 0,
                channel_name: first?.name ?? null,
                alert: 'down',
              },
              {
                at: iso(from + 12 * MINUTE),
                channel_id: first?.id ?? 0,
                channel_name: first?.name ?? null,
                alert: 'up',
              },
            ],
          },
          { without: suppressionValues[3] ?? 'dependency', messages: [] },
        ]
      : [],
    without_known: isSimulated || !isHeld,
  };
}

on('get', '/monitors/{id}/why', ({ id, query }) =>
  why(found(monitors.get(Number(id))), query.at ? Date.parse(query.at) : Date.now()),
);
