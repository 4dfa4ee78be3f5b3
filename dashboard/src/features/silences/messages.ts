import type { Silence, SilenceState } from '@/api/models';
import { formatDuration, formatShortDateTime } from '@/lib/format';
import type { Duration } from './silence-schema';

export const STATE_TITLES: Record<SilenceState, string> = {
  active: 'Active',
  scheduled: 'Scheduled',
  ended: 'Ended',
};

export const DURATION_LABELS: Record<Duration, string> = {
  '30m': '30 minutes',
  '1h': '1 hour',
  '4h': '4 hours',
  tomorrow: 'Until tomorrow 9:00',
  custom: 'Custom',
};

export const silenceMessages = {
  add: 'Add silence',
  edit: 'Edit silence',
  none: 'No silences',
  noneHint:
    'A silence keeps notifications from being sent for a while, for example while a known problem is worked on. Incidents that are still ongoing when it ends are sent then.',
  about:
    'Incidents that start during a silence send no notifications unless they are still ongoing when it ends. Checks, status pages and SLA reports are not affected.',
  planned: 'For planned work, use a maintenance window.',
  showEnded: 'Show ended',
  endedHint: 'Kept for 30 days.',
  noEnded: 'No ended silences',
  list: (state: SilenceState) => `${STATE_TITLES[state]} silences`,
  reason: 'Reason',
  reasonExample: 'Provider works on the network',
  duration: 'How long',
  from: 'Start',
  until: 'End',
  zoneHint: (zone: string) => `Times of ${zone}.`,
  endsAt: (at: number) => `Ends ${formatShortDateTime(at)}`,
  tooLong: (days: number) => `Must be at most ${days} days after the start`,
  allMonitors: 'All monitors',
  limited: 'Only incidents that meet conditions',
  conditionsHint: 'All conditions must match. With none, every incident of the monitors is silenced.',
  coversEverything: 'Nobody is notified of any incident, of any monitor, until this silence ends.',
  unreadable: 'It silences nothing.',
  everything: 'Every incident of every monitor',
  edited: 'Silence saved',
  added: 'Silence added',
  editOf: (reason: string) => `Edit silence: ${reason}`,
  end: 'End now',
  endOf: (reason: string) => `End now: ${reason}`,
  cancel: 'Cancel',
  cancelOf: (reason: string) => `Cancel: ${reason}`,
  endTitle: 'End this silence now?',
  endAction: 'End silence',
  endHint: 'Incidents that it holds back and that are still ongoing send their notifications at once.',
  cancelTitle: 'Cancel this silence?',
  cancelAction: 'Cancel silence',
  keep: 'Keep it',
  cancelHint: 'It will not begin.',
  ended: 'Silence ended',
  cancelled: 'Silence cancelled',
  createdBy: (name: string | null) =>
    name === null ? 'Added by an API key or a former member' : `Added by ${name}`,
};

/** As of now: the server's word is as old as its answer. */
export function stateOf({ starts_at: from, ends_at: until }: Silence, now: number): SilenceState {
  if (now >= Date.parse(until)) return 'ended';
  return now < Date.parse(from) ? 'scheduled' : 'active';
}

/** "Ends in 2 h", "Ended 3 d ago". */
export function describeTime(silence: Silence, now: number): string {
  const duration = (ms: number) => formatDuration(ms / 1_000);
  switch (stateOf(silence, now)) {
    case 'active':
      return `Ends in ${duration(Date.parse(silence.ends_at) - now)}`;
    case 'scheduled':
      return `Starts in ${duration(Date.parse(silence.starts_at) - now)}`;
    case 'ended':
      return `Ended ${duration(now - Date.parse(silence.ends_at))} ago`;
  }
}
