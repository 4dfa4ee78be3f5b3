import type { MaintenanceWindow, WindowInput } from '@/api/models';
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
import { pickerMessages } from '@/messages/monitor-picker';
import { validation } from '@/messages/validation';

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const MAX_MINUTES = 7 * 24 * 60 - 1;
const MAX_MONITORS = 1_000;
const HOUR_MS = 3_600_000;

/** `from` is a date and time in a one-off window, and a time of day in a weekly one. */
export const windowSchema = z
  .object({
    name: z.string().trim().min(1, validation.required).max(120, validation.maxCharacters(120)),
    repeat: z.enum(repeatValues),
    weekday: z.enum(weekdayValues),
    from: z.string(),
    until: z.string(),
    minutes: z.string().trim(),
    time_zone: z.string().refine(isTimeZone, validation.timeZone),
    all: z.enum(['all', 'some']),
    monitors: z.array(z.number()),
  })
  .superRefine(({ repeat, from, until, minutes, all, monitors }, context) => {
    const addError = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (repeat === 'once') {
      const [start, end] = [parseLocalTime(from), parseLocalTime(until)];
      if (Number.isNaN(start)) addError('from', validation.dateTime);
      if (Number.isNaN(end)) addError('until', validation.dateTime);
      else if (end <= start) addError('until', validation.endBeforeStart);
    } else {
      if (!TIME_OF_DAY.test(from)) addError('from', validation.time);
      const duration = /^\d+$/.test(minutes) ? Number(minutes) : 0;
      if (duration < 1 || duration > MAX_MINUTES) addError('minutes', validation.between(1, MAX_MINUTES));
    }
    if (all === 'some' && monitors.length === 0) addError('monitors', pickerMessages.atLeastOne);
    if (monitors.length > MAX_MONITORS) addError('monitors', pickerMessages.atMost(MAX_MONITORS));
  });

export type WindowForm = z.output<typeof windowSchema>;

export const WINDOW_FIELDS = [
  'name',
  'repeat',
  'weekday',
  'from',
  'until',
  'minutes',
  'time_zone',
  'monitors',
] as const;

/** Initial values after switching between once and weekly. */
export function defaultTimes(repeat: WindowForm['repeat'], zone: string, now: number) {
  const nextHour = toLocalTime(Math.ceil(now / HOUR_MS) * HOUR_MS, zone);
  return repeat === 'once'
    ? { from: formatLocalTime(nextHour), until: formatLocalTime(nextHour + 2 * HOUR_MS) }
    : { from: '02:00', until: '' };
}

export function windowForm(window: MaintenanceWindow | null, now: number): WindowForm {
  const schedule = window && 'repeat' in window ? window : null;
  const zone = schedule?.repeat === 'weekly' ? schedule.time_zone : browserTimeZone();
  const form: WindowForm = {
    name: window?.name ?? '',
    repeat: schedule?.repeat ?? 'once',
    weekday: 'Sun',
    ...defaultTimes('once', zone, now),
    minutes: '120',
    time_zone: zone,
    all: window && window.monitors.length > 0 ? 'some' : 'all',
    monitors: window?.monitors ?? [],
  };
  if (schedule?.repeat === 'once') {
    const field = (at: string) => formatLocalTime(toLocalTime(Date.parse(at), zone));
    return { ...form, from: field(schedule.from), until: field(schedule.until) };
  }
  if (schedule?.repeat === 'weekly') {
    const from = schedule.from.replace(/^(\d\d:\d\d):00$/, '$1');
    return { ...form, weekday: schedule.weekday, from, until: '', minutes: String(schedule.minutes) };
  }
  return form;
}

export function windowInput(form: WindowForm): WindowInput {
  const { repeat, weekday, from, until, minutes, time_zone: zone } = form;
  const base = { name: form.name, monitors: form.all === 'all' ? [] : form.monitors };
  if (repeat === 'once') {
    const instant = (field: string) => new Date(toInstant(parseLocalTime(field), zone)).toISOString();
    return { ...base, repeat, from: instant(from), until: instant(until) };
  }
  const seconds = from.length === 5 ? `${from}:00` : from;
  return { ...base, repeat, weekday, from: seconds, minutes: Number(minutes), time_zone: zone };
}
