/** Mock maintenance windows. Of rules it knows every so many days, and takes all others for every month. */
import type {
  MaintenanceOccurrence,
  MaintenanceWindow,
  WindowInput,
  WindowSchedule,
} from '../src/api/models';
import { weekdayValues } from '../src/api/schema';
import { parseLocalTime, toInstant, toLocalTime } from '../src/lib/time-zone';
import { invalid, isEmpty } from './mock-accounts';
import { monitors, nextId } from './mock-data';
import { fail, list, lookup, on } from './mock-routes';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SHOWN = 10;

const iso = (at: number) => new Date(at).toISOString();
const hours = (count: number) => iso(Date.now() + count * 3_600_000);

export const windows = new Map<number, MaintenanceWindow>();
/** The starts of occurrences that were cancelled, and when those were ended that were under way. */
const exceptions = new Map<number, Map<string, string | null>>();

function scheduleOf(input: WindowInput): WindowSchedule {
  const { repeat, weekday, from, until, starts, rule, minutes, time_zone: zone } = input;
  const local = { minutes: minutes ?? 0, time_zone: zone ?? 'UTC' };
  switch (repeat) {
    case 'weekly':
      return { repeat, weekday: weekday ?? 'Sun', from: from ?? '', ...local };
    case 'recurring':
      if (!rule || !/^FREQ=/.test(rule) || /BYHOUR|BYMINUTE|BYSECOND/.test(rule)) {
        return invalid('rule', 'must be an RRULE whose FREQ is DAILY, WEEKLY, MONTHLY or YEARLY');
      }
      return { repeat, starts: starts ?? '', rule, ...local };
    default:
      return { repeat: 'once', from: from ?? '', until: until ?? '' };
  }
}

function saveWindow(input: WindowInput, old?: MaintenanceWindow): MaintenanceWindow {
  const window = {
    ...scheduleOf(input),
    id: old?.id ?? nextId(),
    name: input.name ?? '',
    monitors: input.monitors ?? [],
    tags: input.tags ?? [],
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? hours(0),
    updated_at: hours(0),
  };
  windows.set(window.id, window);
  return window;
}

/** Days between the starts by a rule. */
function stepOf(rule: string): number {
  const every = Number(/INTERVAL=(\d+)/.exec(rule)?.[1] ?? 1);
  if (rule.startsWith('FREQ=DAILY')) return every;
  return rule.startsWith('FREQ=WEEKLY') ? 7 * every : 28 * every;
}

/** The first start by the clock on the wall, and the days between it and the next. */
function rhythmOf(schedule: Exclude<WindowSchedule, { repeat: 'once' }>, now: number): [number, number] {
  if (schedule.repeat === 'recurring') return [parseLocalTime(schedule.starts), stepOf(schedule.rule)];
  const today = Math.floor(toLocalTime(now, schedule.time_zone) / DAY_MS);
  // The epoch began on a Thursday; a week ago it may have begun that is not over.
  const days = (today + 3 - weekdayValues.indexOf(schedule.weekday)) % 7;
  const [hour = 0, minute = 0] = schedule.from.split(':').map(Number);
  return [(today - days - 7) * DAY_MS + (hour * 60 + minute) * MINUTE_MS, 7];
}

function planned(schedule: WindowSchedule, now: number): [from: number, until: number][] {
  if (schedule.repeat === 'once') return [[Date.parse(schedule.from), Date.parse(schedule.until)]];
  const { minutes, time_zone: zone } = schedule;
  const [first, days] = rhythmOf(schedule, now);
  const step = days * DAY_MS;
  const over = Math.max(0, Math.floor((toLocalTime(now, zone) - first - minutes * MINUTE_MS) / step));
  return Array.from({ length: SHOWN + 1 }, (_, at) => {
    const start = first + (over + at) * step;
    return [toInstant(start, zone), toInstant(start + minutes * MINUTE_MS, zone)];
  });
}

function occurrencesOf(schedule: WindowSchedule, cancelled: ReadonlyMap<string, string | null> = new Map()) {
  const now = Date.now();
  const all = planned(schedule, now).map(([from, until]): MaintenanceOccurrence => {
    const starts_at = iso(from);
    if (cancelled.has(starts_at)) {
      return { starts_at, ends_at: cancelled.get(starts_at) ?? iso(until), state: 'cancelled' };
    }
    return { starts_at, ends_at: iso(until), state: now < from ? 'scheduled' : 'active' };
  });
  return { occurrences: all.filter(({ ends_at }) => Date.parse(ends_at) > now).slice(0, SHOWN) };
}

function exceptionsOf(id: string): Map<string, string | null> {
  const of = exceptions.get(Number(id)) ?? new Map<string, string | null>();
  exceptions.set(Number(id), of);
  return of;
}

export function createWindows() {
  const zone = 'Europe/Berlin';
  const once = (name: string, from: number, until: number, ids: number[] = []) =>
    saveWindow({ name, monitors: ids, repeat: 'once', from: hours(from), until: hours(until) });
  const weekly = {
    repeat: 'weekly',
    weekday: 'Sun',
    from: '02:00:00',
    minutes: 120,
    time_zone: zone,
  } as const;
  saveWindow({ name: 'Patch night', monitors: [], ...weekly });
  saveWindow({
    name: 'Backup of the databases',
    monitors: [...monitors.keys()].slice(0, 2),
    tags: ['databases', 'payments'],
    repeat: 'recurring',
    starts: `${hours(-400).slice(0, 10)}T03:30:00`,
    rule: 'FREQ=DAILY',
    minutes: 45,
    time_zone: zone,
  });
  saveWindow({
    name: 'Updates of the vendor',
    tags: ['payments'],
    repeat: 'recurring',
    starts: `${hours(-800).slice(0, 10)}T22:00:00`,
    rule: 'FREQ=MONTHLY;BYDAY=2TU',
    minutes: 240,
    time_zone: 'America/New_York',
  });
  once('CDN certificates', -0.5, 1.5, [...monitors.keys()].slice(5, 6));
  once('Move to the new data centre', 30, 36);
  once('Database upgrade', -50, -48);
}

const scheduleIn = (window: MaintenanceWindow): WindowSchedule =>
  'error' in window ? fail(409, 'when it is cannot be read') : window;

on('get', '/maintenance-windows', () => list(isEmpty() ? [] : [...windows.values()]));
on('post', '/maintenance-windows', ({ body }) => saveWindow(body));
on('post', '/maintenance-windows/preview', ({ body }) => occurrencesOf(scheduleOf(body)));
on('get', '/maintenance-windows/{id}', ({ id }) => lookup(windows, id));
on('patch', '/maintenance-windows/{id}', ({ id, body }) => saveWindow(body, lookup(windows, id)));
on('delete', '/maintenance-windows/{id}', ({ id }) => {
  windows.delete(Number(id));
  return undefined;
});
on('get', '/maintenance-windows/{id}/occurrences', ({ id }) =>
  occurrencesOf(scheduleIn(lookup(windows, id)), exceptionsOf(id)),
);
on('post', '/maintenance-windows/{id}/occurrences/cancel', ({ id, body: { starts_at: at } }) => {
  exceptionsOf(id).set(at, Date.parse(at) <= Date.now() ? hours(0) : null);
  return lookup(windows, id);
});
on('post', '/maintenance-windows/{id}/occurrences/restore', ({ id, body }) => {
  exceptionsOf(id).delete(body.starts_at);
  return lookup(windows, id);
});
