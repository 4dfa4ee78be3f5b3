import { isTimeZone, toInstant, toLocalTime } from '@/lib/time-zone';
import type { MaintenanceOccurrence, MaintenanceWindow, Monitor, WindowSchedule } from './models';
import { weekdayValues } from './schema';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

export type Phase = 'active' | 'upcoming' | 'past';

export interface Occurrence {
  phase: Phase;
  from: number;
  until: number;
}

const phaseOf = (from: number, until: number, now: number): Phase =>
  now < from ? 'upcoming' : now < until ? 'active' : 'past';

/** Milliseconds since midnight of "02:00:00". */
function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/**
 * The current occurrence of a window, or the next, or the last one, by its times alone. Null in an unknown time zone,
 * and where only the server knows.
 */
export function occurrence(schedule: WindowSchedule, now: number): Occurrence | null {
  if (schedule.repeat === 'once') {
    const [from, until] = [Date.parse(schedule.from), Date.parse(schedule.until)];
    return { phase: phaseOf(from, until, now), from, until };
  }
  if (schedule.repeat !== 'weekly') return null;
  const { weekday, minutes, time_zone: zone } = schedule;
  if (!isTimeZone(zone)) return null;
  const today = Math.floor(toLocalTime(now, zone) / DAY_MS) * DAY_MS;
  // Day of the week, Monday is 0: the epoch began on a Thursday.
  const day = (Math.floor(today / DAY_MS) + 3) % 7;
  const daysSince = (day - weekdayValues.indexOf(weekday) + 7) % 7;
  // Last week's occurrence may extend into this week.
  const first = today - daysSince * DAY_MS - WEEK_MS + timeOfDay(schedule.from);
  for (const week of [0, 1, 2]) {
    const start = first + week * WEEK_MS;
    const from = toInstant(start, zone);
    const until = toInstant(start + minutes * MINUTE_MS, zone);
    const phase = phaseOf(from, until, now);
    if (phase !== 'past') return { phase, from, until };
  }
  return null;
}

/** The current one of those that the server has named, or the next; null where all of them are cancelled. */
export function currentOf(occurrences: readonly MaintenanceOccurrence[], now: number): Occurrence | null {
  for (const { starts_at, ends_at, state } of occurrences) {
    const [from, until] = [Date.parse(starts_at), Date.parse(ends_at)];
    const phase = phaseOf(from, until, now);
    if (state !== 'cancelled' && phase !== 'past') return { phase, from, until };
  }
  return null;
}

export interface ScheduledWindow {
  window: MaintenanceWindow;
  phase: Phase;
  occurrence: Occurrence | null;
}

/** The occurrences of windows, of those of which they are known. */
export type KnownOccurrences = ReadonlyMap<number, readonly MaintenanceOccurrence[]>;

function schedule(window: MaintenanceWindow, known: KnownOccurrences, now: number): ScheduledWindow {
  if ('error' in window) return { window, phase: 'upcoming', occurrence: null };
  const planned = occurrence(window, now);
  const occurrences = known.get(window.id);
  if (!occurrences || planned?.phase === 'past') {
    return { window, phase: planned?.phase ?? 'upcoming', occurrence: planned };
  }
  if (occurrences.length === 0) {
    // It is over, or somebody has ended it; every week there is a next one.
    return window.repeat === 'weekly'
      ? { window, phase: planned?.phase ?? 'upcoming', occurrence: planned }
      : { window, phase: 'past', occurrence: null };
  }
  const current = currentOf(occurrences, now);
  return { window, phase: current?.phase ?? 'upcoming', occurrence: current };
}

/** Active windows by end, upcoming ones by start, past ones latest first. */
export function groupByPhase(
  windows: MaintenanceWindow[],
  known: KnownOccurrences,
  now: number,
): Record<Phase, ScheduledWindow[]> {
  const all = windows.map((window) => schedule(window, known, now));
  const of = (phase: Phase) => all.filter((each) => each.phase === phase);
  const by = (key: (at: Occurrence) => number) => (a: ScheduledWindow, b: ScheduledWindow) =>
    (a.occurrence ? key(a.occurrence) : Infinity) - (b.occurrence ? key(b.occurrence) : Infinity);
  return {
    active: of('active').sort(by(({ until }) => until)),
    upcoming: of('upcoming').sort(by(({ from }) => from)),
    past: of('past').sort(by(({ until }) => -until)),
  };
}

/** Which monitors something is about. */
export interface Coverage {
  isAll: boolean;
  monitors: ReadonlySet<number>;
  tags: ReadonlySet<string>;
}

/** The windows that may be under way: of those that recur by a rule only the server knows. */
export const maybeActive = (windows: readonly MaintenanceWindow[], now: number): MaintenanceWindow[] =>
  windows.filter(
    (window) =>
      !('error' in window) && (window.repeat === 'recurring' || occurrence(window, now)?.phase === 'active'),
  );

/** Of which monitors maintenance is under way. */
export function inMaintenance(
  windows: readonly MaintenanceWindow[],
  known: KnownOccurrences,
  now: number,
): Coverage {
  const { active } = groupByPhase([...windows], known, now);
  const under = active.map(({ window }) => window);
  return {
    isAll: under.some(({ monitors, tags }) => monitors.length === 0 && tags.length === 0),
    monitors: new Set(under.flatMap(({ monitors }) => monitors)),
    tags: new Set(under.flatMap(({ tags }) => tags)),
  };
}

export const covers = (coverage: Coverage, { id, tags }: Pick<Monitor, 'id' | 'tags'>): boolean =>
  coverage.isAll ||
  coverage.monitors.has(id) ||
  (coverage.tags.size > 0 && tags.some((tag) => coverage.tags.has(tag)));
