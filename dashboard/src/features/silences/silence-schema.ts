import type { Silence, SilenceInput } from '@/api/models';
import { areEmpty, conditionsField, conditionsForm, conditionsInput } from '@/components/conditions-form';
import { browserTimeZone, formatLocalTime, parseLocalTime, toInstant, toLocalTime } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { pickerMessages } from '@/messages/monitor-picker';
import { validation } from '@/messages/validation';
import { silenceMessages } from './messages';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_DAYS = 90;
const MAX_MONITORS = 1_000;
const MAX_REASON = 500;
/** When "until tomorrow" ends. */
const MORNING_HOUR = 9;

export const DURATIONS = ['30m', '1h', '4h', 'tomorrow', 'custom'] as const;

export type Duration = (typeof DURATIONS)[number];

/** `from` and `until` are those of a datetime-local field; they count for `custom` only. */
export const silenceSchema = z
  .object({
    reason: z
      .string()
      .trim()
      .min(1, validation.required)
      .max(MAX_REASON, validation.maxCharacters(MAX_REASON)),
    duration: z.enum(DURATIONS),
    from: z.string(),
    until: z.string(),
    all: z.enum(['all', 'some']),
    monitors: z.array(z.number()),
    limited: z.boolean(),
    conditions: conditionsField,
  })
  .superRefine(({ duration, from, until, all, monitors }, context) => {
    const addError = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (all === 'some' && monitors.length === 0) addError('monitors', pickerMessages.atLeastOne);
    if (monitors.length > MAX_MONITORS) addError('monitors', pickerMessages.atMost(MAX_MONITORS));
    if (duration !== 'custom') return;
    const [start, end] = [parseLocalTime(from), parseLocalTime(until)];
    if (Number.isNaN(start)) addError('from', validation.dateTime);
    if (Number.isNaN(end)) addError('until', validation.dateTime);
    else if (end <= start) addError('until', validation.endBeforeStart);
    else if (end - start > MAX_DAYS * DAY_MS) addError('until', silenceMessages.tooLong(MAX_DAYS));
  });

export type SilenceForm = z.output<typeof silenceSchema>;

const fieldOf = (at: number) => formatLocalTime(toLocalTime(at, browserTimeZone()));
const instantOf = (field: string) => toInstant(parseLocalTime(field), browserTimeZone());

/** `monitor` is what a new one is to be of, where that is known. */
export function silenceForm(
  silence: Silence | null,
  now: number,
  { monitor, isNarrowed }: { monitor: number | null; isNarrowed: boolean },
): SilenceForm {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const monitors = silence?.monitors ?? (monitor === null ? [] : [monitor]);
  const conditions = silence?.conditions ?? {};
  return {
    reason: silence?.reason ?? '',
    duration: silence ? 'custom' : '1h',
    from: fieldOf(silence ? Date.parse(silence.starts_at) : minute),
    until: fieldOf(silence ? Date.parse(silence.ends_at) : minute + 2 * HOUR_MS),
    // One of all monitors is for those who see all.
    all: monitors.length > 0 || isNarrowed ? 'some' : 'all',
    monitors,
    limited: !areEmpty(conditions),
    conditions: conditionsForm(conditions),
  };
}

const LENGTHS: Record<'30m' | '1h' | '4h', number> = { '30m': HOUR_MS / 2, '1h': HOUR_MS, '4h': 4 * HOUR_MS };

/** When one ends that lasts so long from an instant on. */
export function endOf(duration: Exclude<Duration, 'custom'>, start: number): number {
  if (duration !== 'tomorrow') return start + LENGTHS[duration];
  const zone = browserTimeZone();
  const midnight = Math.floor(toLocalTime(start, zone) / DAY_MS) * DAY_MS;
  return toInstant(midnight + DAY_MS + MORNING_HOUR * HOUR_MS, zone);
}

/** When a duration begins that was chosen: one that is planned begins when it is planned to. */
export const startOf = (silence: Silence | null, now: number): number =>
  silence ? Math.max(now, Date.parse(silence.starts_at)) : now;

const iso = (at: number) => new Date(at).toISOString();

/** Times that stay as they are are left out: fields have no milliseconds, and a new one begins now. */
function timesInput(form: SilenceForm, silence: Silence | null, initial: SilenceForm, now: number) {
  const { duration, from, until } = form;
  if (duration !== 'custom') return { ends_at: iso(endOf(duration, startOf(silence, now))) };
  return {
    ...(from !== initial.from && { starts_at: iso(instantOf(from)) }),
    ...(!(silence && until === initial.until) && { ends_at: iso(instantOf(until)) }),
  };
}

export const silenceInput = (
  form: SilenceForm,
  silence: Silence | null,
  initial: SilenceForm,
  now: number,
): SilenceInput => ({
  reason: form.reason,
  monitors: form.all === 'all' ? [] : form.monitors,
  conditions: form.limited ? conditionsInput(form.conditions) : {},
  ...timesInput(form, silence, initial, now),
});

/** Whether nobody would be notified of anything. */
export const coversEverything = ({ all, monitors, limited, conditions }: SilenceForm): boolean =>
  (all === 'all' || monitors.length === 0) && !(limited && !areEmpty(conditionsInput(conditions)));
