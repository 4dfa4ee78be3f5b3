const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long answers are known. */
const KEPT_MS = 400 * DAY_MS;
/** The first instant that is offered stays known for as long as somebody looks at it. */
const MARGIN_MS = 10 * MINUTE_MS;

export type Range = 'day' | 'week' | 'month' | 'all';

interface Scale {
  length: number;
  /** Of the slider. Any other instant is entered. */
  step: number;
}

const SCALES: Record<Range, Scale> = {
  day: { length: DAY_MS, step: MINUTE_MS },
  week: { length: 7 * DAY_MS, step: 10 * MINUTE_MS },
  month: { length: 30 * DAY_MS, step: HOUR_MS },
  all: { length: KEPT_MS, step: 6 * HOUR_MS },
};

export type Step = 'minute' | 'hour' | 'day';

/** How far the buttons go. */
export const OFFSETS: Record<Step, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };

export const lastMinute = (now: number): number => Math.floor(now / MINUTE_MS) * MINUTE_MS;

export const firstKnown = (now: number): number => now - KEPT_MS + MARGIN_MS;

/** The shortest range that holds an instant. */
export function rangeOf(instant: number, end: number): Range {
  const ranges: Range[] = ['day', 'week', 'month'];
  return ranges.find((range) => end - SCALES[range].length <= instant) ?? 'all';
}

/** Whether the slider can show an instant. */
export const isInRange = (instant: number, range: Range, end: number): boolean =>
  end - SCALES[range].length <= instant;

/** How many positions the slider has after its first. */
export const lastPosition = (range: Range): number => SCALES[range].length / SCALES[range].step;

export function positionOf(instant: number, range: Range, end: number): number {
  const last = lastPosition(range);
  const position = last - Math.round((end - instant) / SCALES[range].step);
  return Math.min(last, Math.max(0, position));
}

export function instantAt(position: number, range: Range, end: number): number {
  const instant = end - (lastPosition(range) - position) * SCALES[range].step;
  return Math.max(instant, firstKnown(end));
}

/** The instant so much later, or earlier; null where nothing is known of it. */
export function stepped(instant: number, by: number, now: number): number | null {
  const next = instant + by;
  return next > now || next < firstKnown(now) ? null : next;
}

/** What is wrong with an instant that was entered. */
export function problemOf(instant: number, now: number): 'future' | 'early' | null {
  if (instant > now) return 'future';
  return instant < now - KEPT_MS ? 'early' : null;
}

/** The nearest of some times before an instant, and after it. */
export function neighbours(
  times: readonly string[],
  instant: number,
  now: number,
): { before: number | null; after: number | null } {
  const known = times.map(Date.parse).filter((each) => each >= firstKnown(now) && each <= now);
  const before = known.filter((each) => each < instant);
  const after = known.filter((each) => each > instant);
  return {
    before: before.length > 0 ? Math.max(...before) : null,
    after: after.length > 0 ? Math.min(...after) : null,
  };
}

/** Where somebody begins who looks at an earlier time. */
export const anHourBefore = (now: number): string => new Date(lastMinute(now - HOUR_MS)).toISOString();

/** An incident as it was shown last before its end was found, or now: a minute ago it may not have been found yet. */
export const lastOngoing = (resolvedAt: string | null, now: number): string =>
  resolvedAt ?? new Date(now).toISOString();
