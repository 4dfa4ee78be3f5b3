import type { Weekday } from './models';
import { weekdayValues } from './schema';

/** Rules that the form offers; `custom` is any other one. */
export const PATTERNS = ['daily', 'weekly', 'monthly_weekday', 'monthly_day', 'custom'] as const;

export type Pattern = (typeof PATTERNS)[number];

/** Which of the weekdays of a month; -1 is the last one. */
export const NTH_VALUES = ['1', '2', '3', '4', '-1'] as const;

export type Nth = (typeof NTH_VALUES)[number];

export interface Recurrence {
  pattern: Pattern;
  /** Every so many days, weeks or months. */
  every: number;
  days: Weekday[];
  nth: Nth;
  weekday: Weekday;
  /** 1 to 31; -1 is the last day of the month. */
  monthDay: number;
}

const CODES: Record<Weekday, string> = {
  Mon: 'MO',
  Tue: 'TU',
  Wed: 'WE',
  Thu: 'TH',
  Fri: 'FR',
  Sat: 'SA',
  Sun: 'SU',
};

const weekdayOf = (code: string): Weekday | undefined => weekdayValues.find((day) => CODES[day] === code);

/** An RRULE; none of a rule that is written by hand. */
export function ruleOf({ pattern, every, days, nth, weekday, monthDay }: Recurrence): string | null {
  const interval = every > 1 ? `;INTERVAL=${every}` : '';
  switch (pattern) {
    case 'daily':
      return `FREQ=DAILY${interval}`;
    case 'weekly':
      return `FREQ=WEEKLY${interval};BYDAY=${days.map((day) => CODES[day]).join(',')}`;
    case 'monthly_weekday':
      return `FREQ=MONTHLY${interval};BYDAY=${nth}${CODES[weekday]}`;
    case 'monthly_day':
      return `FREQ=MONTHLY${interval};BYMONTHDAY=${monthDay}`;
    case 'custom':
      return null;
  }
}

/** The parts of a rule by name; null where it is no list of such. */
function partsOf(rule: string): Map<string, string> | null {
  const parts = new Map<string, string>();
  for (const part of rule
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')) {
    const [name = '', value = '', ...rest] = part.split('=');
    if (name === '' || value === '' || rest.length > 0 || parts.has(name)) return null;
    parts.set(name, value);
  }
  return parts;
}

const isNth = (text: string): text is Nth => (NTH_VALUES as readonly string[]).includes(text);

type Parsed = Pick<Recurrence, 'pattern' | 'every'> & Partial<Recurrence>;

/** What the form offers for a rule; null of one that has to be written by hand. */
export function parseRule(rule: string): Parsed | null {
  const parts = partsOf(rule);
  const every = Number(parts?.get('INTERVAL') ?? 1);
  if (!parts || !Number.isInteger(every) || every < 1) return null;
  const by = [...parts.keys()].filter((name) => name !== 'FREQ' && name !== 'INTERVAL').join();
  const days = parts.get('BYDAY') ?? '';
  switch (`${parts.get('FREQ')} ${by}`) {
    case 'DAILY ':
      return { pattern: 'daily', every };
    case 'WEEKLY BYDAY': {
      const named = days.split(',').map(weekdayOf);
      if (!named.every((day) => day !== undefined)) return null;
      return { pattern: 'weekly', every, days: weekdayValues.filter((day) => named.includes(day)) };
    }
    case 'MONTHLY BYDAY': {
      const [, nth = '', code = ''] = /^([+-]?\d)([A-Z]{2})$/.exec(days) ?? [];
      const position = nth.replace('+', '');
      const weekday = weekdayOf(code);
      if (!weekday || !isNth(position)) return null;
      return { pattern: 'monthly_weekday', every, nth: position, weekday };
    }
    case 'MONTHLY BYMONTHDAY': {
      const monthDay = Number(parts.get('BYMONTHDAY'));
      const isDay = Number.isInteger(monthDay) && (monthDay === -1 || (monthDay >= 1 && monthDay <= 31));
      return isDay ? { pattern: 'monthly_day', every, monthDay } : null;
    }
    default:
      return null;
  }
}
