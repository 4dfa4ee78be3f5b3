import type { WindowSchedule } from '@/api/models';
import { NTH_VALUES, PATTERNS, parseRule, ruleOf } from '@/api/recurrence';
import { repeatValues, weekdayValues } from '@/api/schema';
import {
  browserTimeZone,
  formatLocalTime,
  isTimeZone,
  parseLocalTime,
  toInstant,
  toLocalTime,
} from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { recurrenceMessages } from '@/messages/windows';

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const MAX_MINUTES = 7 * 24 * 60 - 1;
const MAX_EVERY = 1_000;
const MAX_RULE = 500;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When a window is. `from` is a date and time in a one-off window, and a time of day in a weekly one. */
export const timesShape = {
  repeat: z.enum(repeatValues),
  weekday: z.enum(weekdayValues),
  from: z.string(),
  until: z.string(),
  minutes: z.string().trim(),
  time_zone: z.string().refine(isTimeZone, validation.timeZone),
  /** Of a datetime-local field. */
  starts: z.string(),
  pattern: z.enum(PATTERNS),
  every: z.string().trim(),
  days: z.array(z.enum(weekdayValues)),
  nth: z.enum(NTH_VALUES),
  nth_weekday: z.enum(weekdayValues),
  month_day: z.string(),
  /** As it is written by hand. */
  rule: z.string().trim(),
};

const timesFields = z.object(timesShape);

export type TimesForm = z.output<typeof timesFields>;

type Problems = [keyof TimesForm, string][];

export const timesSchema = timesFields.superRefine((form, context) => {
  for (const [field, message] of timeProblems(form)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

/** The names of the fields, for errors of the server. */
export const TIMES_FIELDS = [
  'repeat',
  'starts',
  'rule',
  'weekday',
  'from',
  'until',
  'minutes',
  'time_zone',
] as const;

const isWholeIn = (text: string, low: number, high: number): boolean =>
  /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high;

/** What is wrong with how a window recurs. */
function recurrenceProblems({ starts, pattern, every, days, rule }: TimesForm): Problems {
  const problems: Problems = [];
  if (Number.isNaN(parseLocalTime(starts))) problems.push(['starts', validation.dateTime]);
  if (pattern === 'custom') {
    if (rule === '') problems.push(['rule', validation.required]);
    if (rule.length > MAX_RULE) problems.push(['rule', validation.maxCharacters(MAX_RULE)]);
    return problems;
  }
  if (!isWholeIn(every, 1, MAX_EVERY)) problems.push(['every', validation.between(1, MAX_EVERY)]);
  if (pattern === 'weekly' && days.length === 0) problems.push(['days', recurrenceMessages.atLeastOneDay]);
  return problems;
}

/** What is wrong with the times of a window. */
export function timeProblems(form: TimesForm): Problems {
  const { repeat, from, until, minutes } = form;
  if (repeat === 'once') {
    const [start, end] = [parseLocalTime(from), parseLocalTime(until)];
    const problems: Problems = Number.isNaN(start) ? [['from', validation.dateTime]] : [];
    if (Number.isNaN(end)) problems.push(['until', validation.dateTime]);
    else if (end <= start) problems.push(['until', validation.endBeforeStart]);
    return problems;
  }
  const problems = repeat === 'recurring' ? recurrenceProblems(form) : [];
  if (repeat === 'weekly' && !TIME_OF_DAY.test(from)) problems.push(['from', validation.time]);
  if (!isWholeIn(minutes, 1, MAX_MINUTES)) problems.push(['minutes', validation.between(1, MAX_MINUTES)]);
  return problems;
}

/** Initial values after switching between once and weekly. */
export function defaultTimes(repeat: TimesForm['repeat'], zone: string, now: number) {
  const nextHour = toLocalTime(Math.ceil(now / HOUR_MS) * HOUR_MS, zone);
  return repeat === 'once'
    ? { from: formatLocalTime(nextHour), until: formatLocalTime(nextHour + 2 * HOUR_MS) }
    : { from: '02:00', until: '' };
}

/** The night to come: at two by the clock. */
function defaultRecurrence(zone: string, now: number) {
  const tomorrow = Math.floor(toLocalTime(now, zone) / DAY_MS) * DAY_MS + DAY_MS;
  return {
    starts: formatLocalTime(tomorrow + 2 * HOUR_MS),
    pattern: 'daily' as const,
    every: '1',
    days: ['Sun' as const],
    nth: '1' as const,
    nth_weekday: 'Sun' as const,
    month_day: '1',
    rule: '',
  };
}

const shortTime = (time: string): string => time.replace(/^(.*\d\d:\d\d):00$/, '$1');

/** The fields of a rule; one that the form does not offer is written by hand. */
function recurrenceForm(rule: string): Partial<TimesForm> {
  const parsed = parseRule(rule);
  if (!parsed) return { pattern: 'custom', rule };
  const { pattern, every, days, nth, weekday, monthDay } = parsed;
  return {
    pattern,
    every: String(every),
    rule,
    ...(days && { days }),
    ...(nth && { nth }),
    ...(weekday && { nth_weekday: weekday }),
    ...(monthDay !== undefined && { month_day: String(monthDay) }),
  };
}

/** Null for a new window. */
export function timesForm(schedule: WindowSchedule | null, now: number): TimesForm {
  const zone = schedule && 'time_zone' in schedule ? schedule.time_zone : browserTimeZone();
  const form: TimesForm = {
    repeat: schedule?.repeat ?? 'once',
    weekday: 'Sun',
    ...defaultTimes('once', zone, now),
    ...defaultRecurrence(zone, now),
    minutes: '120',
    time_zone: zone,
  };
  switch (schedule?.repeat) {
    case 'once': {
      const field = (at: string) => formatLocalTime(toLocalTime(Date.parse(at), zone));
      return { ...form, from: field(schedule.from), until: field(schedule.until) };
    }
    case 'weekly': {
      const { weekday, minutes, from } = schedule;
      return { ...form, weekday, from: shortTime(from), until: '', minutes: String(minutes) };
    }
    case 'recurring': {
      const { starts, rule, minutes } = schedule;
      return { ...form, ...recurrenceForm(rule), starts: shortTime(starts), minutes: String(minutes) };
    }
    case undefined:
      return form;
  }
}

const withSeconds = (time: string): string => (/\d\d:\d\d:\d\d$/.test(time) ? time : `${time}:00`);

/** The times of a window. */
export function timesInput(form: TimesForm): WindowSchedule {
  const { repeat, weekday, from, until, minutes, time_zone } = form;
  switch (repeat) {
    case 'once': {
      const instant = (field: string) => new Date(toInstant(parseLocalTime(field), time_zone)).toISOString();
      return { repeat, from: instant(from), until: instant(until) };
    }
    case 'weekly':
      return { repeat, weekday, from: withSeconds(from), minutes: Number(minutes), time_zone };
    case 'recurring': {
      const { pattern, every, days, nth, nth_weekday, month_day, rule } = form;
      const recurrence = {
        pattern,
        every: Number(every),
        days,
        nth,
        weekday: nth_weekday,
        monthDay: Number(month_day),
      };
      return {
        repeat,
        starts: withSeconds(form.starts),
        rule: ruleOf(recurrence) ?? rule,
        minutes: Number(minutes),
        time_zone,
      };
    }
  }
}
