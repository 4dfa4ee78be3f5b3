/** Mock drills: what became of their notifications is made up of how long they have been running. */
import type {
  Alert,
  AlertCause,
  Drill,
  DrillDelivery,
  DrillNote,
  DrillReport,
  DrillSchedule,
  DrillScheduleInput,
  WhyOutcome,
} from '../src/api/models';
import { causeOf } from './mock-alert-policy';
import { channels, monitors, nextId } from './mock-data';
import { list, lookup, on, pageOf } from './mock-routes';

type Story = 'answered' | 'unanswered' | 'unreached';

interface Stored extends Drill {
  story: Story;
}

const drills = new Map<number, Stored>();
const schedules = new Map<number, DrillSchedule>();

const iso = (ms: number) => new Date(ms).toISOString();
const uuid = () => crypto.randomUUID();

interface Planned {
  after: number;
  alert: Alert;
  outcome: WhyOutcome;
  takes: number;
  cause?: AlertCause;
  failures?: string[];
}

/** What is decided, in seconds after the start. */
function planOf(story: Story): Planned[] {
  const failures = ['Slack answered 503', 'Slack answered 503', 'invalid_token'];
  if (story === 'unreached') return [{ after: 0.4, alert: 'down', outcome: 'failed', takes: 95, failures }];
  return [
    { after: 0.4, alert: 'down', outcome: 'sent', takes: 1.3, cause: causeOf(0) },
    { after: 0.4, alert: 'down', outcome: 'suppressed', takes: 0.1, cause: causeOf(0) },
    {
      after: 300.4,
      alert: 'down',
      outcome: 'sent',
      takes: 11.2,
      cause: causeOf(1),
      failures: failures.slice(0, 1),
    },
    { after: 300.4, alert: 'down', outcome: 'failed', takes: 62, cause: causeOf(1), failures },
  ];
}

function deliveriesOf({ id, story, started_at, ends_at, state }: Stored, now: number): DrillDelivery[] {
  const start = Date.parse(started_at);
  const names = [...channels.values()];
  const end = (Date.parse(ends_at) - start) / 1_000;
  const plan = planOf(story).filter(({ after }) => after < end);
  const over: Planned[] =
    state === 'running' || story === 'unreached'
      ? []
      : [{ ...plan[0], after: end + 0.3, alert: 'up' } as Planned];
  return [...plan, ...over].flatMap(({ after, takes, alert, outcome, cause, failures = [] }, at) => {
    const decided = start + after * 1_000;
    const ended = decided + takes * 1_000;
    if (decided > now) return [];
    const isOver = ended <= now;
    const isSent = isOver && outcome === 'sent';
    const channel = names[at % names.length];
    return {
      id: `00000000-0000-4000-8000-${String(id * 100 + at).padStart(12, '0')}`,
      alert,
      channel_id: channel?.id ?? 0,
      channel_name: channel?.name ?? null,
      decided_at: iso(decided),
      ended_at: isOver ? iso(ended) : null,
      outcome: isOver ? outcome : 'pending',
      receipt: isSent ? 'message 1732186805.000200' : null,
      attempts: failures.map((reason, n) => ({ at: iso(decided + n * 9_000 + 800), number: n + 1, reason })),
      ...(cause && { cause }),
      seconds: isSent ? takes : null,
      seconds_since_start: isSent ? after + takes : null,
    };
  });
}

function notesOf(drill: Stored, deliveries: DrillDelivery[]): DrillNote[] {
  const start = Date.parse(drill.started_at);
  const suppressed = deliveries
    .filter(({ outcome }) => outcome === 'suppressed')
    .map((each) => ({
      at: each.ended_at ?? each.decided_at,
      reason: 'quiet hours until 08:00',
      alert: each.alert,
      channel_id: each.channel_id,
      delivery_id: each.id,
    }));
  if (drill.story !== 'unreached' || Date.now() < start + 60_000) return suppressed;
  const note = { at: iso(start + 60_400), alert: 'down' as const, channel_id: null, delivery_id: null };
  return [...suppressed, { ...note, reason: 'nobody is on call in Primary', cause: causeOf(1) }];
}

/** As of now. */
function view(stored: Stored): DrillReport {
  const now = Date.now();
  const isOver = Date.parse(stored.ends_at) <= now;
  const deliveries = deliveriesOf({ ...stored, state: isOver ? 'received' : 'running' }, now);
  const downs = deliveries.filter(({ alert }) => alert === 'down');
  const received = downs.filter(({ outcome }) => outcome === 'sent');
  const { story: _, ...drill } = stored;
  const { acknowledged } = drill;
  const start = Date.parse(drill.started_at);
  return {
    ...drill,
    state: !isOver
      ? 'running'
      : acknowledged
        ? 'acknowledged'
        : received.length > 0
          ? 'received'
          : 'unreached',
    received: received.length,
    failed: downs.filter(({ outcome }) => outcome === 'failed').length,
    seconds_to_receive: received[0]?.seconds_since_start ?? null,
    seconds_to_acknowledge: acknowledged && (Date.parse(acknowledged.at) - start) / 1_000,
    deliveries,
    notes: notesOf(stored, deliveries),
  };
}

const summary = (stored: Stored): Drill => {
  const {
    deliveries: _,
    notes: __,
    seconds_to_receive: ___,
    seconds_to_acknowledge: ____,
    ...drill
  } = view(stored);
  return drill;
};

function add(
  monitor_id: number,
  changes: Partial<Stored> & { minutesAgo?: number; minutes?: number } = {},
): Stored {
  const { minutesAgo = 0, minutes = 30, ...rest } = changes;
  const monitor_name = monitors.get(monitor_id)?.name ?? '';
  const start = Date.now() - minutesAgo * 60_000;
  const drill: Stored = {
    id: nextId(),
    name: `Drill of ${monitor_name}`,
    monitor_id,
    monitor_name,
    incident_id: uuid(),
    state: 'running',
    started_by: 'Ada Lovelace',
    schedule_id: null,
    started_at: iso(start),
    ends_at: iso(start + minutes * 60_000),
    acknowledged: null,
    received: 0,
    failed: 0,
    story: 'answered',
    ...rest,
  };
  drills.set(drill.id, drill);
  return drill;
}

function saveSchedule(input: DrillScheduleInput, old?: DrillSchedule): DrillSchedule {
  const fields = { ...old, ...input };
  const enabled = fields.enabled ?? true;
  const monitor_id = fields.monitor_id ?? 0;
  const next = new Date(Date.now() + 11 * 86_400_000);
  next.setUTCHours(8, 0, 0, 0);
  const schedule: DrillSchedule = {
    id: old?.id ?? nextId(),
    name: fields.name ?? '',
    monitor_id,
    monitor_name: monitors.get(monitor_id)?.name ?? '',
    day: fields.day ?? 1,
    time: fields.time ?? '10:00:00',
    time_zone: fields.time_zone ?? 'UTC',
    minutes: fields.minutes ?? 30,
    enabled,
    next_at: enabled ? next.toISOString() : null,
    last_drill_id: old?.last_drill_id ?? null,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? iso(Date.now()),
    updated_at: iso(Date.now()),
  };
  schedules.set(schedule.id, schedule);
  return schedule;
}

const acknowledgedAfter = (minutesAgo: number, seconds: number) => ({
  acknowledged: { at: iso(Date.now() - minutesAgo * 60_000 + seconds * 1_000), by: 'Grace Hopper' },
});

export function createDrills(): void {
  const [first = 0, second = 0, third = 0] = [...monitors.keys()];
  const monthly = saveSchedule({
    name: 'Monthly drill of the checkout',
    monitor_id: first,
    day: 3,
    time: '17:00:00',
    time_zone: 'Asia/Tokyo',
  });
  saveSchedule({
    name: 'Night shift',
    monitor_id: second,
    day: 28,
    time: '02:30:00',
    time_zone: 'Europe/Berlin',
    enabled: false,
  });
  const byKey = { started_by: null, minutesAgo: 60_000, story: 'unreached' as const };
  add(third, { ...byKey, name: 'Do we still hear the pager?' });
  const bySchedule = { started_by: null, schedule_id: monthly.id, name: monthly.name };
  const last = add(first, { ...bySchedule, minutesAgo: 44_640, ...acknowledgedAfter(44_640, 372) });
  monthly.last_drill_id = last.id;
  add(second, { minutesAgo: 3_000, name: 'Night shift: is anybody awake?', story: 'unanswered' });
  add(first, { minutesAgo: 6 });
}

on('get', '/drills', ({ query }) => {
  const all = [...drills.values()].sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
  const of = query.monitor_id;
  return pageOf(
    all.filter(({ monitor_id: id }) => of === undefined || id === Number(of)).map(summary),
    query,
  );
});
on('post', '/drills', ({ body }) =>
  summary(add(body.monitor_id, { minutes: body.minutes ?? 30, ...(body.name && { name: body.name }) })),
);
on('get', '/drills/{id}', ({ id }) => view(lookup(drills, id)));
on('post', '/drills/{id}/acknowledge', ({ id }) =>
  summary(Object.assign(lookup(drills, id), { acknowledged: { at: iso(Date.now()), by: 'Ada Lovelace' } })),
);
on('post', '/drills/{id}/end', ({ id }) =>
  summary(Object.assign(lookup(drills, id), { ends_at: iso(Date.now()) })),
);
on('get', '/drill-schedules', () => list([...schedules.values()]));
on('post', '/drill-schedules', ({ body }) => saveSchedule(body));
on('get', '/drill-schedules/{id}', ({ id }) => lookup(schedules, id));
on('patch', '/drill-schedules/{id}', ({ id, body }) => saveSchedule(body, lookup(schedules, id)));
on('delete', '/drill-schedules/{id}', ({ id }) => {
  schedules.delete(Number(id));
  return undefined;
});
