/** What a timeline shows of a period, and where. Pure. */
import { formatDayNumberIn, formatTimeIn, formatWeekdayIn } from '@/lib/format';
import { toInstant, toLocalTime } from '@/lib/time-zone';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Between the marks of a single day. */
const HOURS_PER_TICK = 3;

export type View = 'day' | 'week' | 'fortnight' | 'month';

/** Instants in milliseconds; the end is not in it. */
export interface Span {
  from: number;
  until: number;
}

export interface Tick {
  at: number;
  label: string;
}

const DAYS: Record<Exclude<View, 'month'>, number> = { day: 1, week: 7, fortnight: 14 };

/** The first instant of a local day that is some days or months after another. */
function dayAfter(local: number, view: View, steps: number): number {
  const date = new Date(local);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (view !== 'month') return Date.UTC(year, month, day + DAYS[view] * steps);
  // Of 31 January a month later is the last day of February.
  const last = new Date(Date.UTC(year, month + steps + 1, 0)).getUTCDate();
  return Date.UTC(year, month + steps, Math.min(day, last));
}

/** The period from today on, or some such periods later. */
export function spanOf(view: View, step: number, now: number, zone: string): Span {
  const today = toLocalTime(now, zone);
  return {
    from: toInstant(dayAfter(today, view, step), zone),
    until: toInstant(dayAfter(today, view, step + 1), zone),
  };
}

/** The local midnights in a period. */
function days({ from, until }: Span, zone: string): number[] {
  const first = toLocalTime(from, zone);
  const count = Math.round((toLocalTime(until, zone) - first) / DAY_MS);
  return Array.from({ length: count }, (_, index) => toInstant(first + index * DAY_MS, zone));
}

/** The marks above a timeline: days, or the hours of a single one. */
export function ticksOf(view: View, span: Span, zone: string): Tick[] {
  if (view !== 'day') {
    const format = view === 'month' ? formatDayNumberIn : formatWeekdayIn;
    return days(span, zone).map((at) => ({ at, label: format(at, zone) }));
  }
  const first = toLocalTime(span.from, zone);
  return Array.from({ length: 24 / HOURS_PER_TICK }, (_, index) => {
    const at = toInstant(first + index * HOURS_PER_TICK * HOUR_MS, zone);
    return { at, label: formatTimeIn(at, zone) };
  });
}

/** Where something is in a period, in percent; null outside of it. */
export function placeOf({ from, until }: Span, span: Span): { left: number; width: number } | null {
  const length = span.until - span.from;
  const start = Math.max(from, span.from);
  const end = Math.min(until, span.until);
  if (end <= start) return null;
  return { left: ((start - span.from) / length) * 100, width: ((end - start) / length) * 100 };
}

/** When nobody is on call, of shifts in their order. */
export function gapsOf(shifts: readonly Span[], span: Span): Span[] {
  const gaps: Span[] = [];
  let covered = span.from;
  for (const { from, until } of shifts) {
    if (from > covered) gaps.push({ from: covered, until: Math.min(from, span.until) });
    covered = Math.max(covered, until);
  }
  if (covered < span.until) gaps.push({ from: covered, until: span.until });
  return gaps;
}
