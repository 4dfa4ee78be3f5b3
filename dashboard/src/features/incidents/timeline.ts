import type { Alert, AlertStep, CheckResult, Incident } from '@/api/models';
import { describeCauseOf } from '@/messages/alerting';
import { describeError } from '@/messages/check-errors';
import { closeReason, describeCause, incidentMessages } from '@/messages/incidents';
import { describeReason, type Reason } from '@/messages/suppressions';
import {
  describeReport,
  describeSource,
  describeStep,
  incidentPageMessages as messages,
  reachedNobody,
  type TimelineFilter,
} from './messages';

export type TimelineEvent =
  | 'started'
  | 'check'
  | 'acknowledged'
  | 'expired'
  | 'note'
  | 'ended'
  | 'unreached'
  | AlertStep['step'];

export interface TimelineEntry {
  key: string;
  at: string;
  event: TimelineEvent;
  alert?: Alert;
  text: string;
  /** Why it happened, or did not. */
  reason?: Reason;
  /** Why a channel was notified. */
  why?: string;
  /** The original error, or the receipt of a notification. */
  detail?: string | null;
  /** What somebody has written. */
  prose?: string;
  source?: string;
}

/** A step; `firstAttempt` is set if it stands for several attempts, up to its own. */
interface FoldedStep extends AlertStep {
  firstAttempt?: number;
}

/** Folds the retries of each notification into its latest one. */
export function foldRetries(steps: AlertStep[]): FoldedStep[] {
  const attempted = new Set<string | null>();
  const retries = new Map<string | null, FoldedStep>();
  const folded: FoldedStep[] = [];
  for (const step of steps) {
    const { delivery_id: id } = step;
    const group = retries.get(id);
    if (step.step !== 'attempted' || !attempted.has(id)) {
      if (step.step === 'attempted') attempted.add(id);
      folded.push(step);
    } else if (group) {
      Object.assign(group, step);
    } else {
      const first = { ...step, firstAttempt: step.attempt };
      retries.set(id, first);
      folded.push(first);
    }
  }
  return folded;
}

/** The failing checks between the first one, with which the incident begins, and the first word about it. */
export function openingChecks(
  checks: readonly CheckResult[],
  { started_at }: Incident,
  steps: readonly AlertStep[],
): CheckResult[] {
  const first = steps.map(({ at }) => at).sort()[0];
  const isBefore = (at: string) => first === undefined || at <= first;
  const failed = checks.filter(
    ({ state, scheduled_at: due, checked_at: at }) =>
      state === 'down' && due > started_at && isBefore(at ?? due),
  );
  return failed.sort((a, b) => a.scheduled_at.localeCompare(b.scheduled_at));
}

/** More checks than these are folded into one entry. */
const MAX_CHECKS = 3;

const timeOf = ({ checked_at: at, scheduled_at: due }: CheckResult): string => at ?? due;

function checkEntries(
  checks: readonly CheckResult[],
  isFolded: boolean,
  withRegion: boolean,
): TimelineEntry[] {
  const last = checks.at(-1);
  if (last && isFolded && checks.length > MAX_CHECKS) {
    const text = messages.checksFailed(checks.length);
    const reason = { text: describeError(last) };
    return [{ key: 'checks', at: timeOf(last), event: 'check', text, reason }];
  }
  return checks.map((check) => ({
    key: `check ${check.scheduled_at} ${check.region}`,
    at: timeOf(check),
    event: 'check',
    text: withRegion ? messages.checkFailedFrom(check.region) : messages.checkFailed,
    reason: { text: describeError(check) },
  }));
}

/** Once for each channel: what follows has the same cause. */
const SAYS_WHY: ReadonlySet<AlertStep['step']> = new Set<AlertStep['step']>(['decided', 'suppressed']);

function stepEntries(step: FoldedStep, index: number, channelName: (id: number) => string): TimelineEntry[] {
  const { channel_id: id, channel_name: name, cause, reason, reported } = step;
  const channel = id === null ? messages.anyChannel : (name ?? channelName(id));
  const isUnreached = reachedNobody(step);
  const entry: TimelineEntry = {
    key: `${step.at} ${index}`,
    at: step.at,
    event: isUnreached ? 'unreached' : step.step,
    alert: step.alert,
    text: describeStep(step, step.firstAttempt ?? step.attempt, channel),
    ...(reason && { reason: step.step === 'suppressed' ? describeReason(reason) : { text: reason } }),
    ...(cause && !isUnreached && SAYS_WHY.has(step.step) && { why: describeCauseOf(cause) }),
    detail: step.receipt,
    source: describeSource(step),
  };
  // That it was sent, the step says.
  if (!reported || reported.state === 'sent') return [entry];
  const report: TimelineEntry = {
    key: `${step.at} ${index} reported`,
    at: reported.at,
    event: reported.state === 'failed' ? 'failed' : 'sent',
    alert: step.alert,
    text: describeReport(reported.state, channel),
    ...(reported.error && { reason: { text: reported.error } }),
  };
  return [entry, report];
}

/** What people did, and how it began and ended. */
function incidentEntries(incident: Incident): TimelineEntry[] {
  const { started_at, resolved_at, acknowledged, acknowledgement_expired_at: expiredAt, notes } = incident;
  const entries: TimelineEntry[] = [
    { key: 'started', at: started_at, event: 'started', text: describeCause(incident) },
  ];
  if (acknowledged) {
    const text = incidentMessages.acknowledgedBy(acknowledged.by);
    entries.push({ key: 'acknowledged', at: acknowledged.at, event: 'acknowledged', text });
  }
  if (expiredAt) {
    const text = incidentMessages.acknowledgementExpired;
    entries.push({ key: 'expired', at: expiredAt, event: 'expired', text });
  }
  for (const [index, { at, by, text }] of (notes ?? []).entries()) {
    entries.push({ key: `note ${index}`, at, event: 'note', text: messages.noteBy(by), prose: text });
  }
  if (resolved_at) {
    entries.push({ key: 'ended', at: resolved_at, event: 'ended', text: closeReason(incident) });
  }
  return entries;
}

/** The order of entries with the same time. */
const ORDER: TimelineEvent[] = [
  'started',
  'check',
  'acknowledged',
  'expired',
  'note',
  'ended',
  'decided',
  'suppressed',
  'unreached',
  'attempted',
  'sent',
  'failed',
];

interface Parts {
  incident: Incident;
  steps: FoldedStep[];
  /** Those of `openingChecks`. */
  checks: CheckResult[];
  isFolded: boolean;
  channelName: (id: number) => string;
}

/** Everything that happened, oldest first. */
export function timeline({ incident, steps, checks, isFolded, channelName }: Parts): TimelineEntry[] {
  const entries = [
    ...incidentEntries(incident),
    ...checkEntries(checks, isFolded, incident.regions != null),
    ...steps.flatMap((step, index) => stepEntries(step, index, channelName)),
  ];
  const order = ({ event }: TimelineEntry) => ORDER.indexOf(event);
  return entries.sort((a, b) => a.at.localeCompare(b.at) || order(a) - order(b));
}

const BY_PEOPLE: ReadonlySet<TimelineEvent> = new Set<TimelineEvent>(['acknowledged', 'expired', 'note']);

/** Whether an entry is shown; how the incident began and ended always is. */
export function isShown({ event, alert }: TimelineEntry, filter: TimelineFilter): boolean {
  if (filter === 'all' || event === 'started' || event === 'ended') return true;
  return filter === 'people' ? BY_PEOPLE.has(event) : alert !== undefined;
}

export const canFold = (checks: readonly CheckResult[], all: AlertStep[], folded: FoldedStep[]): boolean =>
  folded.length < all.length || checks.length > MAX_CHECKS;
