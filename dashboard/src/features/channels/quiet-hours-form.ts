import type { QuietHours } from '@/api/models';
import { hoursField, hoursForm, hoursInput } from '@/components/hours-form';
import { browserTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';

/** Of which monitors a channel is notified at once in its quiet hours: of this severity and worse. */
export const PASSES = ['critical', 'warning', 'info', 'none'] as const;

/** The hours are `within` where there are quiet ones, and `always` where there are none. */
export const quietHoursField = z.object({ hours: hoursField, passes: z.enum(PASSES) });

export type QuietHoursForm = z.infer<typeof quietHoursField>;

/** The names of the fields, for errors of the server. */
export const QUIET_HOURS_FIELDS = [
  'hours.days',
  'hours.from',
  'hours.until',
  'hours.time_zone',
  'passes',
] as const;

export function quietHoursForm(quiet: QuietHours | null): QuietHoursForm {
  if (quiet) {
    const { passes = 'critical' } = quiet;
    return { hours: hoursForm(quiet), passes: passes ?? 'none' };
  }
  const zone = browserTimeZone();
  const night = { days: [], from: '22:00', until: '07:00', time_zone: zone };
  return { hours: { when: 'always', ...night }, passes: 'critical' };
}

/** Null where there are none. */
export function quietHoursInput({ hours: fields, passes }: QuietHoursForm): QuietHours | null {
  const { hours } = hoursInput(fields);
  return hours ? { hours, passes: passes === 'none' ? null : passes } : null;
}
