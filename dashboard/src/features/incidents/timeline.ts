import type { Alert, AlertStep, Incident } from '@/api/models';
import { describeCauseOf } from '@/messages/alerting';
import { closeReason, describeCause, incidentMessages } from '@/messages/incidents';
import { describeSource, describeStep, incidentPageMessages, reachedNobody } from './messages';

export type TimelineEvent =
  | 'started'
  | 'acknowledged'
  | 'expired'
  | 'ended'
  | 'unreached'
  | AlertStep['step'];

export interface TimelineEntry {
  key: string;
  at: string;
  event: TimelineEvent;
  alert?: Alert;
  text: string;
  /** Why a channel was notified. */
  why?: string;
  /** The original error, or the receipt of a notification. */
  detail?: string | null;
  source?: string;
}

/** A step; `firstAttempt` is set if it stands for several attempts, up to its own. */
interface GroupedStep extends AlertStep {
  firstAttempt?: number;
}

/** Groups the retries of each notification into its latest one. */
export function groupRetries(steps: AlertStep[]): GroupedStep[] {
  const attempted = new Set<string | null>();
  const retries = new Map<string | null, GroupedStep>();
  const grouped: GroupedStep[] = [];
  for (const step of steps) {
    const { delivery_id: id } = step;
    const group = retries.get(id);
    if (step.step !== 'attempted' || !attempted.has(id)) {
      if (step.step === 'attempted') attempted.add(id);
      grouped.push(step);
    } else if (group) {
      Object.assign(group, step);
    } else {
      const first = { ...step, firstAttempt: step.attempt };
      retries.set(id, first);
      grouped.push(first);
    }
  }
  return grouped;
}

/** Once for each channel: what follows has the same cause. */
const SAYS_WHY: ReadonlySet<AlertStep['step']> = new Set<AlertStep['step']>(['decided', 'suppressed']);

/** The order of entries with the same time. */
const ORDER: TimelineEvent[] = [
  'started',
  'acknowledged',
  'expired',
  'ended',
  'decided',
  'suppressed',
  'unreached',
  'attempted',
  'sent',
  'failed',
];

/** The entries of an incident's timeline, oldest first. */
export function timeline(
  incident: Incident,
  steps: GroupedStep[],
  channelName: (id: number) => string,
): TimelineEntry[] {
  const { started_at, resolved_at, acknowledged, acknowledgement_expired_at: expiredAt } = incident;
  const entries: TimelineEntry[] = steps.map((step, index) => {
    const { channel_id: id, channel_name: name, cause } = step;
    const channel = id === null ? incidentPageMessages.anyChannel : (name ?? channelName(id));
    const isUnreached = reachedNobody(step);
    return {
      key: `${step.at} ${index}`,
      at: step.at,
      event: isUnreached ? 'unreached' : step.step,
      alert: step.alert,
      text: describeStep(step, step.firstAttempt ?? step.attempt, channel),
      ...(cause && !isUnreached && SAYS_WHY.has(step.step) && { why: describeCauseOf(cause) }),
      detail: step.receipt,
      source: describeSource(step),
    };
  });
  entries.push({
    key: 'started',
    at: started_at,
    event: 'started',
    text: describeCause(incident),
  });
  if (acknowledged) {
    const text = incidentMessages.acknowledgedBy(acknowledged.by);
    entries.push({ key: 'acknowledged', at: acknowledged.at, event: 'acknowledged', text });
  }
  if (expiredAt) {
    const text = incidentMessages.acknowledgementExpired;
    entries.push({ key: 'expired', at: expiredAt, event: 'expired', text });
  }
  if (resolved_at) {
    entries.push({ key: 'ended', at: resolved_at, event: 'ended', text: closeReason(incident) });
  }
  return entries.sort((a, b) => a.at.localeCompare(b.at) || ORDER.indexOf(a.event) - ORDER.indexOf(b.event));
}
