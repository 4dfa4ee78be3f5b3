import type { WindowSchedule } from '@/api/models';
import { type Nth, type Pattern, parseRule } from '@/api/recurrence';
import { formatDuration } from '@/lib/format';
import { formatTimeZone } from '@/lib/time-zone';
import { describeDays } from './alerting';
import { WEEKDAY_NAMES } from './weekdays';

/** Texts about when maintenance windows are. */

export const timesMessages = {
  add: 'Add maintenance window',
  edit: 'Edit maintenance window',
  repeat: 'Repeat',
  repeats: { once: 'Once', weekly: 'Weekly', recurring: 'By a rule' },
  day: 'Day',
  start: 'Start',
  end: 'End',
  startTime: 'Start time',
  duration: 'Duration',
  zoneOfOne: 'Applies to the start and end above.',
  zone: 'The window follows daylight saving time in this zone.',
};

export const PATTERN_LABELS: Record<Pattern, string> = {
  daily: 'Every day',
  weekly: 'On days of the week',
  monthly_weekday: 'On a weekday of the month',
  monthly_day: 'On a day of the month',
  custom: 'Rule of your own',
};

export const NTH_LABELS: Record<Nth, string> = {
  '1': 'first',
  '2': 'second',
  '3': 'third',
  '4': 'fourth',
  '-1': 'last',
};

type Unit = 'day' | 'week' | 'month';

const UNITS: Record<Exclude<Pattern, 'custom'>, Unit> = {
  daily: 'day',
  weekly: 'week',
  monthly_weekday: 'month',
  monthly_day: 'month',
};

export const recurrenceMessages = {
  firstStart: 'First start',
  pattern: 'Rule',
  every: 'Every',
  unit: (pattern: Exclude<Pattern, 'custom'>, every: number) =>
    every === 1 ? UNITS[pattern] : `${UNITS[pattern]}s`,
  days: 'Days',
  atLeastOneDay: 'Choose at least one day',
  nth: 'Which',
  weekday: 'Weekday',
  monthDay: 'Day of the month',
  lastDay: 'Last day',
  skips: 'Months without this day are skipped.',
  rule: 'RRULE',
  ruleHint:
    'As in calendars (RFC 5545), for example FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24. The time of day is that of the first start.',
  preview: 'Next occurrences',
  noPreview: 'Shown once the times above are complete.',
  noOccurrences: 'There are none.',
  inZone: (zone: string) => `Times of ${formatTimeZone(zone)}.`,
};

const every = (count: number, unit: Unit): string =>
  count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;

/** "Every 2 weeks on Mon–Wed, Fri". */
export function describeRule(rule: string): string {
  const parsed = parseRule(rule);
  if (parsed === null || parsed.pattern === 'custom') return `By the rule ${rule}`;
  const often = every(parsed.every, UNITS[parsed.pattern]);
  const { days = [], nth = '1', weekday = 'Mon', monthDay = 1 } = parsed;
  switch (parsed.pattern) {
    case 'daily':
      return often;
    case 'weekly': {
      const names = days.length === 7 ? 'every day' : describeDays(days);
      return `${often} on ${names}`;
    }
    case 'monthly_weekday':
      return `${often} on the ${NTH_LABELS[nth]} ${WEEKDAY_NAMES[weekday]}`;
    case 'monthly_day':
      return `${often} on ${monthDay === -1 ? 'the last day' : `day ${monthDay}`}`;
  }
}

/** "02:00" of "02:00:00". */
const shortTime = (time: string): string => time.replace(/^(\d\d:\d\d):00$/, '$1');

/** "Every Sunday at 02:00 for 2 h, Europe/Berlin". */
export function describeSchedule(schedule: WindowSchedule): string {
  if (schedule.repeat === 'once') {
    const seconds = (Date.parse(schedule.until) - Date.parse(schedule.from)) / 1_000;
    return `Once, for ${formatDuration(seconds)}`;
  }
  const { minutes, time_zone: zone } = schedule;
  const [days, time = ''] =
    schedule.repeat === 'weekly'
      ? [`Every ${WEEKDAY_NAMES[schedule.weekday]}`, schedule.from]
      : [describeRule(schedule.rule), schedule.starts.split('T')[1]];
  return `${days} at ${shortTime(time)} for ${formatDuration(minutes * 60)}, ${formatTimeZone(zone)}`;
}
