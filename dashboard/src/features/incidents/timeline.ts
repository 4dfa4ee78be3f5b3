import type { Alert, AlertStep, Incident } from '@/api/types';
import { describeCause } from '@/lib/causes';
import { ENDINGS } from './outcome';

export type Mark = 'began' | 'ended' | 'acknowledged' | AlertStep['step'];

/** One line of what happened. */
export interface Happening {
  key: string;
  at: string;
  mark: Mark;
  /** Which alert it concerns. */
  alert?: Alert;
  text: string;
  /** What a machine said of it. */
  detail?: string | null;
  /** The place on the log of the record that caused it, and the rule it was decided by. */
  source?: string;
}

/** Attempts at a message after the first one, gathered into the latest of them. */
interface Gathered extends AlertStep {
  earliest?: number;
}

export function gatherAttempts(steps: AlertStep[]): Gathered[] {
  const first = new Set<string | null>();
  const latest = new Map<string | null, Gathered>();
  const gathered: Gathered[] = [];
  for (const step of steps) {
    const { delivery_id: id } = step;
    const known = latest.get(id);
    if (step.step !== 'attempted' || !first.has(id)) {
      if (step.step === 'attempted') first.add(id);
      gathered.push(step);
    } else if (known) {
      Object.assign(known, step);
    } else {
      const one = { ...step, earliest: step.attempt };
      latest.set(id, one);
      gathered.push(one);
    }
  }
  return gathered;
}

function attemptOf({ attempt, earliest = attempt }: Gathered): string {
  if (earliest < attempt) return `Attempts ${earliest} to ${attempt}`;
  return attempt <= 1 ? 'First attempt' : `Attempt ${attempt}`;
}

function textOf(each: Gathered, channel: string): string {
  const { step, alert, reason } = each;
  const because = reason && `: ${reason}`;
  switch (step) {
    case 'decided':
      return alert === 'reminder' ? `${channel} is to be reminded` : `${channel} is to be told`;
    case 'suppressed':
      return `${channel} is not told${because ?? ''}`;
    case 'attempted':
      return `${attemptOf(each)} to tell ${channel}${because ?? ''}`;
    case 'sent':
      return `${channel} was told`;
    case 'failed':
      return `${channel} could not be told${because ?? ''}`;
  }
}

function placeOf({ source: { topic, partition, offset }, revision }: AlertStep): string {
  const place = `${topic}, partition ${partition}, offset ${offset}`;
  return revision === null ? place : `${place}, by revision ${revision} of the monitor`;
}

/** Where each stands among things of the same instant. */
const ORDER: Mark[] = [
  'began',
  'acknowledged',
  'ended',
  'decided',
  'suppressed',
  'attempted',
  'sent',
  'failed',
];

/** What happened, oldest first. */
export function timeline(
  incident: Incident,
  steps: Gathered[],
  channelName: (id: number) => string,
): Happening[] {
  const { started_at, resolved_at, close_reason, acknowledged } = incident;
  const happenings: Happening[] = steps.map((step, index) => ({
    key: `${step.at} ${index}`,
    at: step.at,
    mark: step.step,
    alert: step.alert,
    text: textOf(step, step.channel_id === null ? 'Every channel' : channelName(step.channel_id)),
    detail: step.receipt,
    source: placeOf(step),
  }));
  happenings.push({
    key: 'began',
    at: started_at,
    mark: 'began',
    text: describeCause(incident.error_code, incident.first_error),
    detail: incident.first_error,
  });
  if (acknowledged) {
    const text = `${acknowledged.by} has taken it on`;
    happenings.push({ key: 'acknowledged', at: acknowledged.at, mark: 'acknowledged', text });
  }
  if (resolved_at) {
    const text = ENDINGS[close_reason ?? 'recovered'];
    happenings.push({ key: 'ended', at: resolved_at, mark: 'ended', text });
  }
  return happenings.sort((a, b) => a.at.localeCompare(b.at) || ORDER.indexOf(a.mark) - ORDER.indexOf(b.mark));
}
