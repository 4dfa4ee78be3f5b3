import { type MaintenanceWindow, WEEKDAYS, type WindowSchedule } from '@/api/types';
import { instantOf, isZone, localOf } from '@/lib/zoned';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

export type Phase = 'active' | 'coming' | 'past';

export interface Occurrence {
  phase: Phase;
  from: number;
  until: number;
}

const phaseOf = (from: number, until: number, now: number): Phase =>
  now < from ? 'coming' : now < until ? 'active' : 'past';

/** Milliseconds since midnight of "02:00:00". */
function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/**
 * The time at which a window is open now, or else is open next, or was open last. Null in an unknown time zone, and
 * where the server could not read the schedule.
 */
export function occurrence(span: WindowSchedule, now: number): Occurrence | null {
  if (span.repeat === 'once') {
    const [from, until] = [Date.parse(span.from), Date.parse(span.until)];
    return { phase: phaseOf(from, until, now), from, until };
  }
  if (span.repeat !== 'weekly') return null;
  const { weekday, minutes, time_zone: zone } = span;
  if (!isZone(zone)) return null;
  const today = Math.floor(localOf(now, zone) / DAY_MS) * DAY_MS;
  // Of a local date, as the epoch began on a Thursday.
  const day = (Math.floor(today / DAY_MS) + 3) % 7;
  const daysSince = (day - WEEKDAYS.indexOf(weekday) + 7) % 7;
  // The one of the week before may reach into this one.
  const first = today - daysSince * DAY_MS - WEEK_MS + timeOfDay(span.from);
  for (const week of [0, 1, 2]) {
    const begins = first + week * WEEK_MS;
    const from = instantOf(begins, zone);
    const until = instantOf(begins + minutes * MINUTE_MS, zone);
    const phase = phaseOf(from, until, now);
    if (phase !== 'past') return { phase, from, until };
  }
  return null;
}

export interface Placed {
  window: MaintenanceWindow;
  occurrence: Occurrence | null;
}

/** By phase: those that end or begin soonest first, and of those that are past the latest first. */
export function placed(windows: MaintenanceWindow[], now: number): Record<Phase, Placed[]> {
  const all = windows.map((window) => ({ window, occurrence: occurrence(window, now) }));
  const of = (phase: Phase) => all.filter((each) => (each.occurrence?.phase ?? 'coming') === phase);
  const by = (key: (at: Occurrence) => number) => (a: Placed, b: Placed) =>
    (a.occurrence ? key(a.occurrence) : Infinity) - (b.occurrence ? key(b.occurrence) : Infinity);
  return {
    active: of('active').sort(by(({ until }) => until)),
    coming: of('coming').sort(by(({ from }) => from)),
    past: of('past').sort(by(({ until }) => -until)),
  };
}
