/** Mock on-call schedules with overrides, teams and calendars. */
import type {
  CalendarFeed,
  OnCallLayer,
  OnCallOverride,
  OnCallRestriction,
  OnCallSchedule,
  OnCallShift,
  Team,
} from '../src/api/models';
import { weekdayValues } from '../src/api/schema';
import { isTimeZone, parseLocalTime, toLocalTime } from '../src/lib/time-zone';
import { isEmpty, team as organisation } from './mock-accounts';
import { nextId } from './mock-audit';
import { fail, list, lookup, on } from './mock-routes';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Shifts begin and end at multiples of this. */
const STEP = 15 * MINUTE;
const LENGTHS = { hours: HOUR, days: DAY, weeks: 7 * DAY };

export const schedules = new Map<number, OnCallSchedule>();
const overrides = new Map<number, (OnCallOverride & { schedule: number })[]>();
export const teams = new Map<number, Team>();
const feeds = new Map<number, CalendarFeed>();

/** Bo has no channel of his own. */
const WITHOUT_CHANNEL = 3;
export const hasChannel = (id: number) => id !== WITHOUT_CHANNEL;
const memberOf = (id: number) => organisation().members.find(({ user_id }) => user_id === id);
const nameOf = (id: number): string | null => memberOf(id)?.name ?? null;
const iso = (at: number) => new Date(at).toISOString();

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

function applies(restriction: OnCallRestriction, local: number): boolean {
  const [from, until] = [minutesOf(restriction.from), minutesOf(restriction.until)];
  const minute = Math.floor((local % DAY) / MINUTE);
  if (restriction.repeat === 'daily') {
    return from < until ? from <= minute && minute < until : minute >= from || minute < until;
  }
  const dayOf = (day: (typeof weekdayValues)[number]) => weekdayValues.indexOf(day) * 1_440;
  const week = 7 * 1_440;
  const at = ((new Date(local).getUTCDay() + 6) % 7) * 1_440 + minute;
  const start = dayOf(restriction.from_day) + from;
  const length = (dayOf(restriction.until_day) + until - start + week) % week || week;
  return (at - start + week) % week < length;
}

function personOf({ people, starts_at, rotation, restrictions = [] }: OnCallLayer, local: number) {
  const start = parseLocalTime(starts_at);
  if (local < start || people.length === 0) return null;
  if (restrictions.length > 0 && !restrictions.some((each) => applies(each, local))) return null;
  const turn = Math.floor((local - start) / (rotation.every * LENGTHS[rotation.unit]));
  return people[turn % people.length] ?? null;
}

type Decision = Pick<OnCallShift, 'user_id' | 'layer' | 'override_id'>;

function decide(
  { time_zone: zone, layers }: Pick<OnCallSchedule, 'time_zone' | 'layers'>,
  standIns: OnCallOverride[],
  at: number,
): Decision | null {
  const override = standIns.findLast(({ from, until }) => Date.parse(from) <= at && at < Date.parse(until));
  if (override) return { user_id: override.user_id, layer: null, override_id: override.id };
  const local = toLocalTime(at, zone);
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const person = personOf(layers[layer] as OnCallLayer, local);
    if (person !== null) return { user_id: person, layer, override_id: null };
  }
  return null;
}

function shiftsOf(
  rota: Pick<OnCallSchedule, 'time_zone' | 'layers'>,
  standIns: OnCallOverride[],
  from: number,
  until: number,
): OnCallShift[] {
  const shifts: OnCallShift[] = [];
  for (let at = from; at < until; at = Math.floor(at / STEP + 1) * STEP) {
    const decision = decide(rota, standIns, at);
    const last = shifts.at(-1);
    const end = iso(Math.min(until, Math.floor(at / STEP + 1) * STEP));
    const isSame =
      last?.until === iso(at) &&
      decision !== null &&
      (['user_id', 'layer', 'override_id'] as const).every((field) => last[field] === decision[field]);
    if (isSame && last) last.until = end;
    else if (decision)
      shifts.push({ from: iso(at), until: end, name: nameOf(decision.user_id), ...decision });
  }
  return shifts;
}

const people = (layers: OnCallLayer[]) =>
  [...new Set(layers.flatMap((layer) => layer.people))].map((id) => ({
    id,
    name: nameOf(id),
    is_member: memberOf(id) !== undefined,
    has_channel: hasChannel(id),
  }));

function saveSchedule(
  input: { name?: string | null; time_zone?: string | null; layers?: OnCallLayer[] | null },
  old?: OnCallSchedule,
): OnCallSchedule {
  const zone = input.time_zone ?? old?.time_zone ?? '';
  if (!isTimeZone(zone)) fail(422, '1 field is not valid', [{ field: 'time_zone', message: 'is not known' }]);
  const layers = input.layers ?? old?.layers ?? [];
  const saved: OnCallSchedule = {
    id: old?.id ?? nextId(),
    name: input.name ?? old?.name ?? '',
    time_zone: zone,
    layers,
    people: people(layers),
    used_by_policies: old?.used_by_policies ?? 0,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? iso(Date.now()),
    updated_at: iso(Date.now()),
  };
  schedules.set(saved.id, saved);
  return saved;
}

function saveTeam(input: { name?: string | null; members?: number[] | null }, old?: Team): Team {
  const ids = input.members ?? old?.members.map(({ id }) => id) ?? [];
  const saved: Team = {
    id: old?.id ?? nextId(),
    name: input.name ?? old?.name ?? '',
    members: ids.map((id) => ({ id, name: nameOf(id) ?? '', has_channel: hasChannel(id) })),
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? iso(Date.now()),
    updated_at: iso(Date.now()),
  };
  teams.set(saved.id, saved);
  return saved;
}

function addOverride(schedule: number, user: number, from: number, until: number) {
  const override = {
    id: nextId(),
    schedule,
    user_id: user,
    name: nameOf(user),
    from: iso(from),
    until: iso(until),
    created_by: 1,
    created_at: iso(Date.now()),
  };
  overrides.set(schedule, [...(overrides.get(schedule) ?? []), override]);
  return override;
}

export function createOnCall(): void {
  const start = '2026-01-05T09:00:00';
  const weekly = { every: 1, unit: 'weeks' } as const;
  const primary = saveSchedule({
    name: 'Primary',
    time_zone: 'Europe/Berlin',
    layers: [
      { people: [2, 1, 4], starts_at: start, rotation: weekly },
      {
        people: [3, 4],
        starts_at: start,
        rotation: { every: 1, unit: 'days' },
        restrictions: [{ repeat: 'daily', from: '09:00:00', until: '17:00:00' }],
      },
    ],
  });
  primary.used_by_policies = 2;
  const morning = Math.ceil(Date.now() / DAY) * DAY + 8 * HOUR;
  addOverride(primary.id, 1, Date.now() - HOUR, Date.now() + 7 * HOUR);
  addOverride(primary.id, 2, morning + 2 * DAY, morning + 3 * DAY);
  saveSchedule({
    name: 'Database experts, working hours only',
    time_zone: 'Asia/Tokyo',
    layers: [
      {
        people: [4, 3],
        starts_at: start,
        rotation: { every: 2, unit: 'weeks' },
        restrictions: [
          { repeat: 'weekly', from_day: 'Mon', from: '09:00:00', until_day: 'Fri', until: '18:00:00' },
        ],
      },
    ],
  });
  saveSchedule({
    name: 'Support',
    time_zone: 'UTC',
    layers: [{ people: [WITHOUT_CHANNEL, 99], starts_at: start, rotation: { every: 12, unit: 'hours' } }],
  });
  saveTeam({ name: 'Platform', members: [1, 2, 4] });
  saveTeam({ name: 'Customer support and everybody who answers phones', members: [3, 2] });
}

const all = <T>(things: Map<number, T>) => list(isEmpty() ? [] : [...things.values()]);
const remove = (things: Map<number, unknown>, id: string) => {
  lookup(things, id);
  things.delete(Number(id));
  return undefined;
};

on('get', '/on-call', () => ({
  schedules: all(schedules).items.map((schedule) => {
    const now = Date.now();
    const [current, ...later] = shiftsOf(schedule, overrides.get(schedule.id) ?? [], now, now + 21 * DAY);
    const isNow = current !== undefined && Date.parse(current.from) <= now;
    const rest = isNow ? later : [current, ...later];
    const end = rest.find((shift) => shift && shift.user_id !== current?.user_id)?.from ?? null;
    const next = rest.find((shift) => shift && !(isNow && shift.user_id === current.user_id));
    return {
      id: schedule.id,
      name: schedule.name,
      now: isNow
        ? {
            user_id: current.user_id,
            name: current.name,
            has_channel: hasChannel(current.user_id),
            until: later.length > 0 ? (end ?? current.until) : null,
          }
        : null,
      next: next ? { user_id: next.user_id, name: next.name, from: next.from } : null,
    };
  }),
}));
on('get', '/on-call-schedules', () => all(schedules));
on('post', '/on-call-schedules', ({ body }) => saveSchedule(body));
on('post', '/on-call-schedules/preview', ({ body }) => ({
  shifts: shiftsOf(body, [], Date.parse(body.from), Date.parse(body.until)),
}));
on('get', '/on-call-schedules/{id}', ({ id }) => lookup(schedules, id));
on('patch', '/on-call-schedules/{id}', ({ id, body }) => saveSchedule(body, lookup(schedules, id)));
on('delete', '/on-call-schedules/{id}', ({ id }) => {
  if (lookup(schedules, id).used_by_policies > 0) {
    fail(409, 'the schedule is used by the escalation policies "Everything" and "Database"');
  }
  return remove(schedules, id);
});
on('get', '/on-call-schedules/{id}/shifts', ({ id, query: { from = '', until = '' } }) => ({
  shifts: shiftsOf(
    lookup(schedules, id),
    overrides.get(Number(id)) ?? [],
    Date.parse(from),
    Date.parse(until),
  ),
}));
on('get', '/on-call-schedules/{id}/overrides', ({ id }) => list(overrides.get(Number(id)) ?? []));
on('post', '/on-call-schedules/{id}/overrides', ({ id, body }) =>
  addOverride(Number(id), body.user_id ?? 0, Date.parse(body.from ?? ''), Date.parse(body.until ?? '')),
);
on('delete', '/on-call-schedules/{id}/overrides/{override_id}', ({ id, params }) => {
  const kept = (overrides.get(Number(id)) ?? []).filter((each) => each.id !== Number(params.override_id));
  overrides.set(Number(id), kept);
  return undefined;
});
on('get', '/teams', () => all(teams));
on('post', '/teams', ({ body }) => saveTeam(body));
on('get', '/teams/{id}', ({ id }) => lookup(teams, id));
on('patch', '/teams/{id}', ({ id, body }) => saveTeam(body, lookup(teams, id)));
on('delete', '/teams/{id}', ({ id }) => remove(teams, id));
on('get', '/me/calendars', () => ({ items: [...feeds.values()] }));
on('post', '/me/calendars', ({ body }) => {
  const schedule = body.schedule_id ?? null;
  const feed: CalendarFeed = {
    id: nextId(),
    schedule_id: schedule,
    schedule_name: schedule === null ? null : lookup(schedules, String(schedule)).name,
    created_at: iso(Date.now()),
    read_at: null,
  };
  feeds.set(feed.id, feed);
  return { feed, url: `https://uptime.example.org/api/v1/calendars/${crypto.randomUUID()}.ics` };
});
on('delete', '/me/calendars/{id}', ({ id }) => remove(feeds, id));
