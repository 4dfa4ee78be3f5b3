/** Mock heartbeats: one in each state, with pings. Schedules are not understood: all are daily. */
import type { Heartbeat, Monitor, Ping, PingKind, ScheduleInput } from '../src/api/models';
import * as accounts from './mock-accounts';
import * as data from './mock-data';
import { fail, found, lookup, on } from './mock-routes';

const DAY = 86_400;
const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

const pings = new Map<number, Ping[]>();
const uuids = new Map<number, string>();
let pingKey: string | null = null;

function pingOf(n: number, secondsAgo: number, kind: PingKind, changes: Partial<Ping> = {}): Ping {
  return {
    n,
    id: crypto.randomUUID(),
    at: at(-secondsAgo),
    kind,
    run_id: null,
    exit_status: kind === 'fail' ? 3 : kind === 'success' ? 0 : null,
    duration_ms: null,
    message: null,
    method: 'POST',
    scheme: 'https',
    address: '203.0.113.20',
    user_agent: 'curl/8.5.0',
    body_bytes: 0,
    has_body: false,
    ...changes,
  };
}

/** A start and an end on each of the last days; the newest first. */
function daily(days: number, lastSecondsAgo: number): Ping[] {
  return Array.from({ length: days }, (_, day) => {
    const ago = lastSecondsAgo + day * DAY;
    const duration_ms = Math.round(900_000 * (0.8 + Math.random() * 0.5));
    const failed = day % 17 === 9;
    const n = 2 * (days - day);
    return [
      pingOf(n, ago, failed ? 'fail' : 'success', {
        duration_ms,
        ...(failed && { has_body: true, body_bytes: 20_000, message: 'no space left on device' }),
      }),
      pingOf(n - 1, ago + duration_ms / 1_000, 'start'),
    ];
  }).flat();
}

interface Example {
  name: string;
  status: Partial<Monitor['status']>;
  pings: Ping[];
  paused?: boolean;
}

export function createHeartbeats(): void {
  const examples: Example[] = [
    {
      name: 'Nightly backup',
      status: { state: 'up', last_ping_at: at(-7_200), due_at: at(DAY - 7_200), overdue_at: at(DAY - 3_600) },
      pings: daily(60, 7_200),
    },
    {
      name: 'Invoices',
      status: {
        state: 'up',
        last_ping_at: at(-DAY - 600),
        due_at: at(-600),
        overdue_at: at(3_000),
        started_at: at(-240),
      },
      pings: daily(10, DAY + 600),
    },
    {
      name: 'Report for the board',
      status: {
        state: 'down',
        error: 'Heartbeat overdue: no ping for 2 d',
        error_code: 'heartbeat_overdue',
        last_ping_at: at(-2 * DAY),
        due_at: at(-DAY),
        overdue_at: at(-DAY + 3_600),
      },
      pings: daily(3, 2 * DAY),
    },
    { name: 'Clean-up of uploads', status: { state: 'pending', since: null }, pings: [] },
    { name: 'Old import', status: { state: 'paused' }, pings: daily(2, 30 * DAY), paused: true },
  ];
  for (const { name, status, pings: received, paused = false } of examples) {
    const slug = name.toLowerCase().replaceAll(' ', '-');
    const monitor = data.addMonitor({ name, kind: 'heartbeat', url: `heartbeat://${slug}`, paused });
    const sending = { interval_seconds: null, timeout_ms: null, retries: null, retry_delay_ms: null };
    Object.assign(monitor, sending, { up_after: null, slow_ms: null });
    monitor.status = { ...data.PENDING, since: at(-3 * DAY), ...status };
    pings.set(monitor.id, received);
  }
}

const next = (count = 5): string[] => Array.from({ length: count }, (_, day) => at((day + 1) * DAY));

const describe = ({ expression, timezone }: ScheduleInput): string =>
  expression ? `At the dates of ${expression} (${timezone ?? 'UTC'})` : 'Every day';

function heartbeatOf(id: string): Heartbeat {
  const monitor = lookup(data.monitors, id);
  if (monitor.kind !== 'heartbeat') fail(404, 'there is no such heartbeat');
  const canEdit = accounts.mayEdit();
  const uuid = uuids.get(monitor.id) ?? crypto.randomUUID();
  uuids.set(monitor.id, uuid);
  const slug = (monitor.url ?? '').replace('heartbeat://', '');
  const origin = 'http://localhost:8080';
  const started = monitor.status.started_at;
  return {
    ping_url: canEdit ? `${origin}/ping/${uuid}` : null,
    ping_url_by_slug: canEdit && pingKey ? `${origin}/ping/${pingKey}/${slug}` : null,
    push_url: canEdit ? `${origin}/api/push/${uuid.slice(0, 12)}` : null,
    slug,
    ping_uuid: canEdit ? uuid : null,
    badge_key: uuid.slice(0, 8),
    schedule_text: describe(monitor.heartbeat?.schedule ?? {}),
    next_dates: monitor.paused ? [] : next(),
    last_ping_at: monitor.status.last_ping_at ?? null,
    runs: started
      ? [{ run_id: crypto.randomUUID(), started_at: started, heard_at: null, is_overdue: false }]
      : [],
  };
}

on('get', '/monitors/{id}/heartbeat', ({ id }) => heartbeatOf(id));
on('post', '/monitors/{id}/heartbeat/rotate', ({ id }) => {
  uuids.delete(Number(id));
  return heartbeatOf(id);
});
on('post', '/ping-key/rotate', () => {
  pingKey = crypto.randomUUID().slice(0, 8);
  return { exists: true, ping_key: pingKey };
});
on('get', '/monitors/{id}/pings', ({ id, query: { before, kind, limit = '50' } }) => {
  const matching = (pings.get(Number(id)) ?? []).filter(
    (ping) => (!kind || ping.kind === kind) && (!before || ping.n < Number(before)),
  );
  const items = matching.slice(0, Number(limit));
  return { items, next_cursor: matching.length > items.length ? String(items.at(-1)?.n) : null };
});
on('get', '/monitors/{id}/pings/{n}/body', ({ id, params, res }) => {
  found(pings.get(Number(id))?.find(({ n }) => n === Number(params.n)));
  res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
  res.end('tar: /srv/uploads: file changed as we read it\ntar: write error: no space left on device\n');
  return undefined;
});
on('post', '/schedules/preview', ({ body: { schedule = {} } }) => {
  if (schedule.expression?.includes('61')) {
    fail(422, '1 field is not valid', [
      { field: 'schedule.expression', message: 'must have minutes of 0 to 59' },
    ]);
  }
  const isCron = schedule.expression?.trim().split(/\s+/).length === 5;
  const kind = !schedule.expression ? 'period' : isCron ? 'cron' : 'on_calendar';
  return { kind, text: describe(schedule), next_dates: next() };
});
