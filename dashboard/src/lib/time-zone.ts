/** Conversion between instants and local times. A local time is represented by the same time in UTC. */

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

export const browserTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** As it is read: without the underscores of its name. */
export const formatTimeZone = (zone: string): string => zone.replaceAll('_', ' ');

/** All known zones, plus `others`. */
export function timeZones(...others: string[]): string[] {
  return [...new Set(['UTC', ...others, ...Intl.supportedValuesOf('timeZone')])].sort();
}

/** The local time in the zone at an instant. */
export function toLocalTime(at: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The instant of a local time in the zone. Around DST changes: the first of two instants, or the one a skipped
 * local time would have had.
 */
export function toInstant(local: number, zone: string): number {
  const offset = (at: number) => toLocalTime(at, zone) - Math.floor(at / 1_000) * 1_000;
  const before = local - offset(local - DAY_MS);
  if (toLocalTime(before, zone) === local) return before;
  const after = local - offset(local + DAY_MS);
  return toLocalTime(after, zone) === local ? after : before;
}

/** For a datetime-local input: "2026-12-01T22:00", with seconds unless they are zero. */
export const formatLocalTime = (local: number): string =>
  new Date(local).toISOString().slice(0, 19).replace(/:00$/, '');

/** The local time of a datetime-local input; NaN if invalid. */
export const parseLocalTime = (text: string): number =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
