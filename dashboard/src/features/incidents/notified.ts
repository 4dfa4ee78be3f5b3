import type { AlertStep } from '@/api/models';

export type NotifiedState = 'sent' | 'delivered' | 'read' | 'failed' | 'retried' | 'queued';

/** What came of notifying a channel of an incident. */
export interface Notified {
  channelId: number;
  channel: string;
  state: NotifiedState;
  /** When it came to that. */
  at: string;
  /** When it was notified that the incident is over; null where it was not. */
  overAt: string | null;
}

/** What is known of a channel at last: what was sent once is sent, whatever becomes of reminders. */
function outcomeOf(steps: readonly AlertStep[]): { state: NotifiedState; at: string } | null {
  const first = (kind: AlertStep['step']) => steps.find(({ step }) => step === kind);
  const last = (kind: AlertStep['step']) => steps.findLast(({ step }) => step === kind);
  const sent = first('sent');
  if (sent) {
    const { reported } = sent;
    return reported ? { state: reported.state, at: reported.at } : { state: 'sent', at: sent.at };
  }
  const failed = last('failed');
  if (failed) return { state: 'failed', at: failed.at };
  const attempted = last('attempted');
  if (attempted) return { state: 'retried', at: attempted.at };
  const queued = first('decided');
  return queued ? { state: 'queued', at: queued.at } : null;
}

/** Which channels were notified of an incident, and when, the first one first. Those that it was kept from are not listed. */
export function notifiedOf(steps: readonly AlertStep[], channelName: (id: number) => string): Notified[] {
  const byChannel = new Map<number, AlertStep[]>();
  for (const step of [...steps].sort((a, b) => a.at.localeCompare(b.at))) {
    if (step.channel_id === null) continue;
    byChannel.set(step.channel_id, [...(byChannel.get(step.channel_id) ?? []), step]);
  }
  const all = [...byChannel].flatMap(([channelId, own]): Notified[] => {
    const outcome = outcomeOf(own.filter(({ alert }) => alert === 'down' || alert === 'reminder'));
    if (!outcome) return [];
    const over = own.find(({ alert, step }) => alert === 'up' && step === 'sent');
    const channel = own.find(({ channel_name: name }) => name)?.channel_name ?? channelName(channelId);
    return [{ channelId, channel, ...outcome, overAt: over?.at ?? null }];
  });
  return all.sort((a, b) => a.at.localeCompare(b.at));
}
