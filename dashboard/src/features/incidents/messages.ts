import type { AlertStep, ReportedState } from '@/api/models';
import { formatCount, formatDuration, formatQuantity } from '@/lib/format';
import { escalationStep } from '@/messages/alerting';
import type { NotifiedState } from './notified';

export const incidentPageMessages = {
  timeline: 'Timeline',
  around: 'Response time around it',
  neighbours: 'Other incidents',
  neighbour: {
    previous: (monitor: string) => `Previous incident: ${monitor}`,
    next: (monitor: string) => `Next incident: ${monitor}`,
  },
  neighbourKey: {
    previous: (monitor: string, key: string) => `Previous: ${monitor} (${key})`,
    next: (monitor: string, key: string) => `Next: ${monitor} (${key})`,
  },
  none: { previous: 'No previous incident', next: 'No next incident' },
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
  show: 'Show',
  noteBy: (name: string) => `Note by ${name}`,
  checkFailed: 'Check failed',
  checkFailedFrom: (region: string) => `Check failed from ${region}`,
  checksFailed: (count: number) => `${formatQuantity(count, 'more check')} failed`,
  showAll: 'Show each attempt',
  fold: 'Fold attempts',
};

/** Who was notified of an incident, and when. */
export const notifiedMessages = {
  title: 'Notified',
  nobodyYet: 'Nobody has been notified yet. The timeline says why.',
  nobody: 'Nobody was notified. The timeline says why.',
  states: {
    sent: 'Sent',
    delivered: 'Delivered',
    read: 'Read',
    failed: 'Not delivered',
    retried: 'Not delivered yet, retrying',
    queued: 'Queued',
  } satisfies Record<NotifiedState, string>,
  after: (time: string, seconds: number) =>
    seconds < 1 ? `${time}, at once` : `${time}, ${formatDuration(seconds)} after the start`,
  over: (time: string) => `of the end ${time}`,
};

/** Several incidents at once. */
export const acknowledgeMessages = {
  start: 'Select incidents',
  stop: 'Stop selecting',
  actions: 'Actions for selected incidents',
  selected: (count: number) => `${formatCount(count)} selected`,
  selectAll: (count: number) => `Select all ${formatCount(count)}`,
  clear: 'Clear selection',
  acknowledge: (count: number) => (count === 0 ? 'Acknowledge' : `Acknowledge ${formatCount(count)}`),
  title: (count: number) => `Acknowledge ${formatQuantity(count, 'incident')}`,
  about: 'Escalations of these incidents stop, and there are no more reminders.',
  note: 'Note (optional)',
  noteHint: 'Added to each of the incidents.',
  results: 'Results',
  outcome: (done: number, failed: number) =>
    failed === 0
      ? `${formatQuantity(done, 'incident')} acknowledged`
      : `${formatCount(done)} acknowledged, ${formatCount(failed)} failed`,
  done: 'Acknowledged',
  failed: (reason: string) => `Not acknowledged: ${reason}`,
  noteFailed: (reason: string) => `Acknowledged, but the note was not added: ${reason}`,
};

/** What of the timeline is shown. */
export type TimelineFilter = 'all' | 'notifications' | 'people';

export const FILTER_LABELS: Record<TimelineFilter, string> = {
  all: 'All',
  notifications: 'Notifications',
  people: 'People',
};

function attempts(first: number, last: number): string {
  return first < last ? `Attempts ${first}–${last}` : `Attempt ${Math.max(last, 1)}`;
}

/** A step of an escalation policy that has notified nobody. */
export const reachedNobody = ({ step, channel_id, cause }: AlertStep): boolean =>
  step === 'suppressed' && channel_id === null && cause?.step != null;

/** What happened, without its reason. `firstAttempt` is less than the step's when it stands for several attempts. */
export function describeStep(step: AlertStep, firstAttempt: number, channel: string): string {
  switch (step.step) {
    case 'decided':
      return `Queued for ${channel}`;
    case 'suppressed':
      if (reachedNobody(step) && step.cause?.step)
        return `Nobody notified by ${escalationStep(step.cause.step)}`;
      return `Not sent to ${channel}`;
    case 'attempted':
      return `${attempts(firstAttempt, step.attempt)} to ${channel} failed`;
    case 'sent':
      return `Sent to ${channel}`;
    case 'failed':
      return `Delivery to ${channel} failed`;
  }
}

/** What a service reports of a message that it took. */
export function describeReport(state: ReportedState, channel: string): string {
  switch (state) {
    case 'sent':
      return `Sent to ${channel}`;
    case 'delivered':
      return `Delivered to ${channel}`;
    case 'read':
      return `Read on ${channel}`;
    case 'failed':
      return `Not delivered to ${channel}`;
  }
}

/** The Kafka record that caused a step, and the revision of the monitor at the time. */
export function describeSource({ source: { topic, partition, offset }, revision }: AlertStep): string {
  const record = `${topic}, partition ${partition}, offset ${offset}`;
  return revision === null ? record : `${record}, monitor revision ${revision}`;
}
