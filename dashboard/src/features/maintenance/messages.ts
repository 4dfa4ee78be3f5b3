import type { WindowSchedule } from '@/api/models';
import { formatDuration } from '@/lib/format';
import { formatTimeZone } from '@/lib/time-zone';
import { WEEKDAY_NAMES } from '@/messages/weekdays';
import type { Occurrence, Phase } from './occurrence';

export const PHASE_LABELS: Record<Phase, string> = { active: 'Active', upcoming: 'Upcoming', past: 'Past' };

export const windowMessages = {
  addWindow: 'Add window',
  windowsLabel: (phase: Phase) => `${PHASE_LABELS[phase]} windows`,
  allMonitors: 'All monitors',
};

/** "Every Sunday at 02:00 for 2 h, Europe/Berlin". */
export function describeSchedule(schedule: WindowSchedule): string {
  if (schedule.repeat === 'once') {
    const seconds = (Date.parse(schedule.until) - Date.parse(schedule.from)) / 1_000;
    return `Once, for ${formatDuration(seconds)}`;
  }
  const { weekday, minutes, time_zone: zone } = schedule;
  const time = schedule.from.replace(/^(\d\d:\d\d):00$/, '$1');
  return `Every ${WEEKDAY_NAMES[weekday]} at ${time} for ${formatDuration(minutes * 60)}, ${formatTimeZone(zone)}`;
}

/** "Starts in 2 h", "Ended 3 d ago". */
export function describePhase({ phase, from, until }: Occurrence, now: number): string {
  const duration = (ms: number) => formatDuration(ms / 1_000);
  switch (phase) {
    case 'active':
      return `Ends in ${duration(until - now)}`;
    case 'upcoming':
      return `Starts in ${duration(from - now)}`;
    case 'past':
      return `Ended ${duration(now - until)} ago`;
  }
}
