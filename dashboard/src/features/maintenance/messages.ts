import type { Occurrence, Phase } from '@/api/occurrence';
import { formatDuration } from '@/lib/format';

export const PHASE_LABELS: Record<Phase, string> = { active: 'Active', upcoming: 'Upcoming', past: 'Past' };

export const windowMessages = {
  addWindow: 'Add window',
  windowsLabel: (phase: Phase) => `${PHASE_LABELS[phase]} windows`,
  allMonitors: 'All monitors',
  allMonitorsHint: 'It covers all monitors of the organisation, also those that are added later.',
  tags: 'Monitors with one of these tags',
  noTags: 'There are no tags yet.',
  monitorOrTag: 'Select at least one monitor or tag',
  atMostTags: (max: number) => `Select at most ${max} tags`,
  tagged: (names: string) => `tagged ${names}`,
  unplanned: 'For a problem right now, use a silence.',
};

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

export const occurrenceMessages = {
  show: 'Occurrences',
  showOf: (name: string) => `Occurrences of ${name}`,
  none: 'There are no more.',
  cancel: 'Cancel',
  cancelOf: (at: string) => `Cancel the occurrence of ${at}`,
  cancelled: 'Occurrence cancelled',
  cancelFailed: 'Could not cancel the occurrence',
  end: 'End now',
  endOf: (at: string) => `End now: occurrence of ${at}`,
  endTitle: 'End this maintenance now?',
  endAction: 'End maintenance',
  endHint:
    'Alerts for its monitors resume immediately, and this occurrence cannot be restored. Later ones are not affected.',
  ended: 'Maintenance ended',
  restoreOf: (at: string) => `Restore the occurrence of ${at}`,
  restored: 'Occurrence restored',
  restoreFailed: 'Could not restore the occurrence',
};

/** What has become of one, as of now: the server's word is as old as its answer. */
export type OccurrencePhase = 'active' | 'scheduled' | 'ended' | 'cancelled';

export const OCCURRENCE_LABELS: Record<OccurrencePhase, string> = {
  active: 'Now',
  scheduled: 'Scheduled',
  ended: 'Over',
  cancelled: 'Cancelled',
};
