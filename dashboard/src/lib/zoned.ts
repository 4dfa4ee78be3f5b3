/** Clocks on walls: what they show, and when. A local time is kept as the instant at which a clock in UTC shows it. */

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** The browser's own zone. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zones that can be chosen, with `others` among them. */
export function zones(...others: string[]): string[] {
  return [...new Set(['UTC', ...others, ...Intl.supportedValuesOf('timeZone')])].sort();
}

/** What a clock in the zone shows at an instant. */
export function localOf(at: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * When a clock in the zone shows a local time: the first of two when the clocks go back, and the instant that it
 * would have been when they go forward.
 */
export function instantOf(local: number, zone: string): number {
  const offset = (at: number) => localOf(at, zone) - Math.floor(at / 1_000) * 1_000;
  const before = local - offset(local - DAY_MS);
  if (localOf(before, zone) === local) return before;
  const after = local - offset(local + DAY_MS);
  return localOf(after, zone) === local ? after : before;
}

/** As fields of a form hold a local time: "2026-12-01T22:00", with its seconds when there are any. */
export const fieldOfLocal = (local: number): string =>
  new Date(local).toISOString().slice(0, 19).replace(/:00$/, '');

/** NaN when the text is no local time. */
export const localOfField = (text: string): number =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
