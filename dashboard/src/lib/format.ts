const LOCALE = 'en-GB';

const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const shortTime = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const shortDateTime = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const wholeNumber = new Intl.NumberFormat(LOCALE);

const dayMonth = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const secondTime = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' });
export const formatDateTime = (at: string | number): string => dateTime.format(new Date(at));
export const formatDate = (at: string | number): string => date.format(new Date(at));
/** "21:12:03". */
export const formatClock = (at: string | number): string => clock.format(new Date(at));
export const formatShortTime = (at: string | number): string => shortTime.format(new Date(at));
/** "30 Nov". */
export const formatDayMonth = (at: string | number): string => dayMonth.format(new Date(at));
/** Without the year, for columns of recent times. */
export const formatRecent = (at: string): string => secondTime.format(new Date(at));
export const formatShortDateTime = (at: string | number): string => shortDateTime.format(new Date(at));

const zoned = new Map<string, Intl.DateTimeFormat>();

/** With the day of the week, as clocks in the zone show it. */
export function formatDateTimeIn(at: string, timeZone: string): string {
  let format = zoned.get(timeZone);
  if (!format) {
    const style = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
    const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const;
    format = new Intl.DateTimeFormat(LOCALE, { ...style, ...time, timeZone });
    zoned.set(timeZone, format);
  }
  return format.format(new Date(at));
}

const zonedBy = (options: Intl.DateTimeFormatOptions) => {
  const formats = new Map<string, Intl.DateTimeFormat>();
  return (at: string | number, timeZone: string): string => {
    const format = formats.get(timeZone) ?? new Intl.DateTimeFormat(LOCALE, { ...options, timeZone });
    formats.set(timeZone, format);
    return format.format(new Date(at));
  };
};

/** "Mon 30 Nov, 09:00", as clocks in the zone show it. */
export const formatMoment = zonedBy({
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
/** "Mon 30 Nov, 09:00 – 11:00", as clocks in the zone show it; with the second date where it is another day. */
export function formatMomentRange(from: string | number, until: string | number, timeZone: string): string {
  const isSameDay = formatDateIn(from, timeZone) === formatDateIn(until, timeZone);
  return `${formatMoment(from, timeZone)} – ${(isSameDay ? formatTimeIn : formatMoment)(until, timeZone)}`;
}
/** "09:00", as clocks in the zone show it. */
export const formatTimeIn = zonedBy({ hour: '2-digit', minute: '2-digit' });
/** "Mon 30". */
export const formatWeekdayIn = zonedBy({ weekday: 'short', day: 'numeric' });
/** "30". */
export const formatDayNumberIn = zonedBy({ day: 'numeric' });
/** "30 Nov 2026". */
export const formatDateIn = zonedBy({ dateStyle: 'medium' });

const day = new Intl.DateTimeFormat(LOCALE, { year: 'numeric', month: 'numeric', day: 'numeric' });

/** Omits the second date when it is the same day. */
export function formatRange(from: number, until: number): string {
  const sameDay = day.format(from) === day.format(until);
  return `${formatShortDateTime(from)} – ${sameDay ? formatShortTime(until) : formatShortDateTime(until)}`;
}

export const formatCount = (count: number): string => wholeNumber.format(count);

/** "1 incident", "2,048 incidents". */
export const formatQuantity = (count: number, noun: string, plural = `${noun}s`): string =>
  `${formatCount(count)} ${count === 1 ? noun : plural}`;

/** The two largest units: "3 d 4 h", "2 min 5 s". */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor((total % 86_400) / 3_600), 'h'],
    [Math.floor((total % 3_600) / 60), 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A length of time that may be negative; below a minute exact to the millisecond: "0.4 s", "−12.5 s". */
export function formatMillis(ms: number): string {
  const sign = ms < 0 ? '−' : '';
  const length = Math.abs(ms);
  return `${sign}${length < 60_000 ? `${length / 1_000} s` : formatDuration(length / 1_000)}`;
}

/** Only the largest unit. Never negative, even if the local clock is behind. */
export function formatAgo(at: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(at)) / 1_000);
  if (seconds < 3) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Truncated, not rounded: 99.999% is not 100%. */
export function formatRatio(ratio: number): string {
  if (ratio >= 1) return '100%';
  return `${(Math.floor(ratio * 10_000 + 1e-6) / 100).toFixed(2)}%`;
}

export function formatLatency(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** One decimal below 10 ms, for the phases of a check. */
export const formatPhase = (ms: number): string => (ms < 10 ? `${ms.toFixed(1)} ms` : formatLatency(ms));

/** As the beginning of a sentence. */
export const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
