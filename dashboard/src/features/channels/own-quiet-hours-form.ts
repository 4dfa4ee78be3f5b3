import type { OwnQuietHours, OwnQuietHoursInput } from '@/api/models';
import { weekdayValues } from '@/api/schema';
import { TIME_OF_DAY, withSeconds } from '@/components/hours-form';
import { browserTimeZone, isTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { shortTime } from '@/messages/alerting';
import { validation } from '@/messages/validation';
import { PASSES } from './quiet-hours-form';

export const MAX_WINDOWS = 7;

const time = z.string().regex(TIME_OF_DAY, validation.time);

export const ownQuietHoursSchema = z.object({
  windows: z.array(z.object({ days: z.array(z.enum(weekdayValues)), from: time, until: time })),
  time_zone: z.string().refine(isTimeZone, validation.timeZone),
  passes: z.enum(PASSES),
});

export type OwnQuietHoursForm = z.infer<typeof ownQuietHoursSchema>;

/** The names of the fields, for errors of the server; of the windows those of the first. */
export const OWN_QUIET_HOURS_FIELDS = [
  'windows',
  'windows.0.days',
  'windows.0.from',
  'windows.0.until',
  'time_zone',
  'passes',
] as const;

export const NIGHT: OwnQuietHoursForm['windows'][number] = { days: [], from: '22:00', until: '07:00' };

/** Who has none is offered the night where they are. */
export function ownQuietHoursForm(quiet: OwnQuietHours): OwnQuietHoursForm {
  const { windows, time_zone, passes = 'critical' } = quiet;
  if (windows.length === 0) return { windows: [NIGHT], time_zone: browserTimeZone(), passes: 'critical' };
  return {
    windows: windows.map(({ days = [], from, until }) => ({
      days,
      from: shortTime(from),
      until: shortTime(until),
    })),
    time_zone,
    passes: passes ?? 'none',
  };
}

export function ownQuietHoursInput(form: OwnQuietHoursForm): OwnQuietHoursInput {
  const { windows, time_zone, passes } = form;
  return {
    time_zone,
    windows: windows.map(({ days, from, until }) => ({
      days,
      from: withSeconds(from),
      until: withSeconds(until),
    })),
    passes: passes === 'none' ? null : passes,
  };
}
