import { type MaintenanceWindow, WEEKDAYS } from '@/api/types';
import type { WindowInput } from '@/api/windows';
import { z } from '@/lib/zod';
import { fieldOfLocal, instantOf, isZone, localOf, localOfField, ownZone } from '@/lib/zoned';

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const LONGEST_MINUTES = 7 * 24 * 60 - 1;
const MOST_MONITORS = 1_000;
const HOUR_MS = 3_600_000;

/** `from` is a date with its time in a window that is open once, and a time of the day in a weekly one. */
export const windowSchema = z
  .object({
    name: z.string().trim().min(1, 'must not be blank').max(120, 'must have at most 120 characters'),
    repeat: z.enum(['once', 'weekly']),
    weekday: z.enum(WEEKDAYS),
    from: z.string(),
    until: z.string(),
    minutes: z.string().trim(),
    time_zone: z.string().refine(isZone, 'must be the name of a time zone'),
    all: z.enum(['all', 'some']),
    monitors: z.array(z.number()),
  })
  .superRefine(({ repeat, from, until, minutes, all, monitors }, context) => {
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (repeat === 'once') {
      if (Number.isNaN(localOfField(from))) wrong('from', 'must be a date with its time');
      if (Number.isNaN(localOfField(until))) wrong('until', 'must be a date with its time');
      else if (localOfField(until) <= localOfField(from)) wrong('until', 'must be later than the beginning');
    } else {
      if (!TIME_OF_DAY.test(from)) wrong('from', 'must be a time of the day');
      const lasts = /^\d+$/.test(minutes) ? Number(minutes) : 0;
      if (lasts < 1 || lasts > LONGEST_MINUTES) wrong('minutes', `must be 1 to ${LONGEST_MINUTES}`);
    }
    if (all === 'some' && monitors.length === 0) wrong('monitors', 'must be at least one');
    if (monitors.length > MOST_MONITORS) wrong('monitors', `must be at most ${MOST_MONITORS}`);
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

/** What the fields of the other way to repeat begin with. */
export function newSpan(repeat: WindowForm['repeat'], zone: string, now: number) {
  const nextHour = localOf(Math.ceil(now / HOUR_MS) * HOUR_MS, zone);
  return repeat === 'once'
    ? { from: fieldOfLocal(nextHour), until: fieldOfLocal(nextHour + 2 * HOUR_MS) }
    : { from: '02:00', until: '' };
}

export function windowForm(window: MaintenanceWindow | null, now: number): WindowForm {
  const zone = window?.repeat === 'weekly' ? window.time_zone : ownZone();
  const form: WindowForm = {
    name: window?.name ?? '',
    repeat: window?.repeat ?? 'once',
    weekday: 'Sun',
    ...newSpan('once', zone, now),
    minutes: '120',
    time_zone: zone,
    all: window && window.monitors.length > 0 ? 'some' : 'all',
    monitors: window?.monitors ?? [],
  };
  if (window?.repeat === 'once') {
    const field = (at: string) => fieldOfLocal(localOf(Date.parse(at), zone));
    return { ...form, from: field(window.from), until: field(window.until) };
  }
  if (window?.repeat === 'weekly') {
    const from = window.from.replace(/^(\d\d:\d\d):00$/, '$1');
    return { ...form, weekday: window.weekday, from, until: '', minutes: String(window.minutes) };
  }
  return form;
}

export function windowInput(form: WindowForm): WindowInput {
  const { repeat, weekday, from, until, minutes, time_zone: zone } = form;
  const base = { name: form.name, monitors: form.all === 'all' ? [] : form.monitors };
  if (repeat === 'once') {
    const instant = (field: string) => new Date(instantOf(localOfField(field), zone)).toISOString();
    return { ...base, repeat, from: instant(from), until: instant(until) };
  }
  const seconds = from.length === 5 ? `${from}:00` : from;
  return { ...base, repeat, weekday, from: seconds, minutes: Number(minutes), time_zone: zone };
}
