import type { Weekday, WindowSchedule } from '@/api/types';
import { formatDuration } from '@/lib/format';

export const WEEKDAY_NAMES: Record<Weekday, string> = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
};

/** When a window is open, as its author put it: "Every Sunday at 02:00 for 2 h, Europe/Berlin". */
export function describeSpan(span: WindowSchedule): string {
  if (span.repeat === 'once') {
    return `Once, for ${formatDuration((Date.parse(span.until) - Date.parse(span.from)) / 1_000)}`;
  }
  const time = span.from.replace(/^(\d\d:\d\d):00$/, '$1');
  const zone = span.time_zone.replaceAll('_', ' ');
  return `Every ${WEEKDAY_NAMES[span.weekday]} at ${time} for ${formatDuration(span.minutes * 60)}, ${zone}`;
}
