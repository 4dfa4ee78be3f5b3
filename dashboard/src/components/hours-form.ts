import type { Hours, Weekday } from '@/api/models';
import { weekdayValues } from '@/api/schema';
import { browserTimeZone, isTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { shortTime } from '@/messages/alerting';
import { validation } from '@/messages/validation';

export const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

/** Hours of a week, or outside of them; `always` where they do not matter. */
export const hoursField = z
  .object({
    when: z.enum(['always', 'within', 'outside']),
    days: z.array(z.enum(weekdayValues)),
    from: z.string(),
    until: z.string(),
    time_zone: z.string(),
  })
  .superRefine(({ when, from, until, time_zone }, context) => {
    if (when === 'always') return;
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (!TIME_OF_DAY.test(from)) wrong('from', validation.time);
    if (!TIME_OF_DAY.test(until)) wrong('until', validation.time);
    if (!isTimeZone(time_zone)) wrong('time_zone', validation.timeZone);
  });

export type HoursForm = z.infer<typeof hoursField>;

interface WithHours {
  hours?: Hours | null | undefined;
  outside_hours?: boolean | undefined;
}

const WORKING_DAYS: Weekday[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'];

export function hoursForm({ hours, outside_hours: outside }: WithHours): HoursForm {
  if (!hours) {
    const zone = browserTimeZone();
    return { when: 'always', days: WORKING_DAYS, from: '09:00', until: '17:00', time_zone: zone };
  }
  return {
    when: outside ? 'outside' : 'within',
    days: hours.days ?? [],
    from: shortTime(hours.from),
    until: shortTime(hours.until),
    time_zone: hours.time_zone,
  };
}

export const withSeconds = (time: string): string => (time.length === 5 ? `${time}:00` : time);

/** None where they do not matter. */
export function hoursInput({ when, days, from, until, time_zone }: HoursForm): WithHours {
  if (when === 'always') return {};
  const hours: Hours = { time_zone, days, from: withSeconds(from), until: withSeconds(until) };
  return { hours, ...(when === 'outside' && { outside_hours: true }) };
}
