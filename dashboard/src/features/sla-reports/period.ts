import { toLocalTime } from '@/lib/time-zone';

const DAY_MS = 86_400_000;
const MONTHS = 24;
const QUARTERS = 8;

export interface Option {
  value: string;
  label: string;
}

const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** The month that goes on in the zone, and those before it. */
export function months(now: number, zone: string): Option[] {
  const today = new Date(toLocalTime(now, zone));
  return Array.from({ length: MONTHS }, (_, back) => {
    const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back, 1));
    return { value: first.toISOString().slice(0, 7), label: monthName.format(first) };
  });
}

/** The quarter that goes on in the zone, and those before it. */
export function quarters(now: number, zone: string): Option[] {
  const today = new Date(toLocalTime(now, zone));
  const current = Math.floor(today.getUTCMonth() / 3);
  return Array.from({ length: QUARTERS }, (_, back) => {
    const first = new Date(Date.UTC(today.getUTCFullYear(), (current - back) * 3, 1));
    const [year, quarter] = [first.getUTCFullYear(), first.getUTCMonth() / 3 + 1];
    return { value: `${year}-Q${quarter}`, label: `Q${quarter} ${year}` };
  });
}

/** The day of a date field; NaN if there is none of this date. */
export function parseDay(text: string): number {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(text) ? day : Number.NaN;
}

/** The day after, as in a date field. */
export const dayAfter = (text: string): string =>
  new Date(parseDay(text) + DAY_MS).toISOString().slice(0, 10);
