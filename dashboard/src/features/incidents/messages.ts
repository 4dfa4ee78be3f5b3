import type { AlertStep, Incident } from '@/api/types';
import { formatQuantity } from '@/lib/format';
import { describeError } from '@/messages/check-errors';

export const incidentMessages = {
  ongoing: 'Ongoing',
  ongoingTitle: 'Ongoing incidents',
  timeline: 'Timeline',
  notes: 'Notes',
  acknowledge: 'Acknowledge',
  acknowledgeFailed: 'Could not acknowledge the incident',
  acknowledgedBy: (name: string) => `Acknowledged by ${name}`,
  pageTitle: (monitor: string) => `Incident: ${monitor}`,
  showLast: (count: number) => `Show last ${count}`,
  started: (time: string) => `Started ${time}`,
  anyChannel: 'any channel',
  deletedChannel: 'a deleted channel',
  unknownChannel: (id: number) => `channel ${id}`,
};

/** "1 incident", "No incidents". */
export const incidentCount = (count: number): string =>
  count === 0 ? 'No incidents' : formatQuantity(count, 'incident');

/** "1 ongoing incident", "No ongoing incidents". */
export const ongoingCount = (count: number): string =>
  count === 0 ? 'No ongoing incidents' : formatQuantity(count, 'ongoing incident');

export const CLOSE_REASONS: Record<NonNullable<Incident['close_reason']>, string> = {
  recovered: 'Resolved',
  edited: 'Closed: monitor edited',
  paused: 'Closed: monitor paused',
  deleted: 'Closed: monitor deleted',
};

export const closeReason = ({ close_reason }: Incident): string => CLOSE_REASONS[close_reason ?? 'recovered'];

export const describeCause = ({ error_code, first_error }: Incident): string =>
  describeError({ error_code, error: first_error });

function attempts(first: number, last: number): string {
  return first < last ? `Attempts ${first}–${last}` : `Attempt ${Math.max(last, 1)}`;
}

/** `firstAttempt` is less than the step's when it stands for several attempts. */
export function describeStep(step: AlertStep, firstAttempt: number, channel: string): string {
  const reason = step.reason ? `: ${step.reason}` : '';
  switch (step.step) {
    case 'decided':
      return `Queued for ${channel}`;
    case 'suppressed':
      return `Not sent to ${channel}${reason}`;
    case 'attempted':
      return `${attempts(firstAttempt, step.attempt)} to ${channel} failed${reason}`;
    case 'sent':
      return `Sent to ${channel}`;
    case 'failed':
      return `Delivery to ${channel} failed${reason}`;
  }
}

/** The Kafka record that caused a step, and the revision of the monitor at the time. */
export function describeSource({ source: { topic, partition, offset }, revision }: AlertStep): string {
  const record = `${topic}, partition ${partition}, offset ${offset}`;
  return revision === null ? record : `${record}, monitor revision ${revision}`;
}
