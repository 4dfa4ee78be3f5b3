import type { AlertStep } from '@/api/models';
import { escalationStep } from '@/messages/alerting';

export const incidentPageMessages = {
  timeline: 'Timeline',
  notes: 'Notes',
  pageTitle: (monitor: string) => `Incident: ${monitor}`,
  publishReport: 'Publish a report',
  reportOn: (page: string) => `On ${page}`,
  openReport: 'Open report',
  openReportOn: (page: string) => `Open report on ${page}`,
  anyChannel: 'any channel',
  deletedChannel: 'a deleted channel',
  unknownChannel: (id: number) => `channel ${id}`,
  expired: 'Expired',
  expiredHint:
    'The acknowledgement has expired, so the escalation continues. Acknowledge the incident again to stop it.',
  why: 'Why:',
};

function attempts(first: number, last: number): string {
  return first < last ? `Attempts ${first}–${last}` : `Attempt ${Math.max(last, 1)}`;
}

/** A step of an escalation policy that has notified nobody. */
export const reachedNobody = ({ step, channel_id, cause }: AlertStep): boolean =>
  step === 'suppressed' && channel_id === null && cause?.step != null;

/** "Nobody notified by step 2 of Night shift: nobody is on call". */
function describeUnreached({ cause, reason }: AlertStep): string {
  const step = cause?.step ? `by ${escalationStep(cause.step)}` : '';
  return `Nobody notified ${step}${reason ? `: ${reason}` : ''}`;
}

/** `firstAttempt` is less than the step's when it stands for several attempts. */
export function describeStep(step: AlertStep, firstAttempt: number, channel: string): string {
  const reason = step.reason ? `: ${step.reason}` : '';
  switch (step.step) {
    case 'decided':
      return `Queued for ${channel}`;
    case 'suppressed':
      if (reachedNobody(step)) return describeUnreached(step);
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
