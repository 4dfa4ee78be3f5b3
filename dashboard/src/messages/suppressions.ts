import type { Suppression } from '@/api/models';
import { COOLDOWN } from '@/api/why';
import { formatDuration } from '@/lib/format';

/** Texts about what keeps people from being notified. */

/** As the thing that there is, in the order in which it is offered. */
export const SUPPRESSION_LABELS: Record<Suppression, string> = {
  quiet_hours: 'Quiet hours',
  silence: 'Silences',
  maintenance: 'Maintenance windows',
  mute: 'Mute',
  dependency: 'Dependencies',
  flapping: 'Flapping',
  throttle: 'Cooldown',
};

export interface Reason {
  text: string;
  by?: Suppression;
  /** The monitor that the text begins with. */
  monitorId?: number;
}

const REASONS: [RegExp, (match: RegExpExecArray) => Reason][] = [
  [
    /^monitor (\d+), on which it depends, is down$/,
    ([, id]) => ({ by: 'dependency', monitorId: Number(id), text: ', on which it depends, is down' }),
  ],
  [
    /^over when monitor (\d+) was, on which it depends$/,
    ([, id]) => ({
      by: 'dependency',
      monitorId: Number(id),
      text: ', on which it depends, was down until then',
    }),
  ],
  [/^resolved while it was silenced$/, () => ({ by: 'silence', text: 'resolved during a silence' })],
  [/maintenance window$/, ({ input }) => ({ by: 'maintenance', text: input })],
  [/quiet hours/, ({ input }) => ({ by: 'quiet_hours', text: input })],
  [
    /^flapping: over within (\d+) minutes?$/,
    ([, minutes]) => ({
      by: 'flapping',
      text: `the monitor is flapping, and it was over within ${formatDuration(Number(minutes) * 60)}`,
    }),
  ],
  [
    /^throttled: /,
    () => ({ by: COOLDOWN, text: 'cooldown: the channel was notified of this monitor recently' }),
  ],
  [
    /^by this rule it would have been none$/,
    () => ({ text: 'by this rule there would have been no incident' }),
  ],
  [/ is muted$/, ({ input }) => ({ by: 'mute', text: input })],
];

/** The server's reason in the terms of the dashboard; as it came, where it says something else. */
export function describeReason(reason: string): Reason {
  for (const [pattern, describe] of REASONS) {
    const match = pattern.exec(reason);
    if (match) return describe(match);
  }
  return { text: reason };
}
