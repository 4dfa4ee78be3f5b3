import type { AlertCause, DrillDelivery, DrillNote, DrillReport } from '@/api/models';
import { escalationStep } from '@/messages/alerting';
import { describeReason, type Reason } from '@/messages/suppressions';
import { ALERT_LABELS } from '@/messages/terms';
import { entryMessages as messages } from './messages';

export type EntryEvent =
  | 'started'
  | 'notified'
  | 'suppressed'
  | 'unreached'
  | 'acknowledged'
  | 'ended'
  | 'ahead';

export interface Entry {
  key: string;
  at: string;
  event: EntryEvent;
  text: string;
  /** Why nobody was notified. */
  reason?: Reason;
  /** Those that were decided together. */
  deliveries?: DrillDelivery[];
}

/** How far apart what was decided together is, at most: what comes again is an entry of its own. */
const TOGETHER_MS = 10_000;

/** Whether both are of the same alert, and of the same step of an escalation. */
function isAlike(a: DrillDelivery, b: DrillDelivery): boolean {
  const stepOf = ({ alert, cause }: DrillDelivery) =>
    JSON.stringify([alert, cause?.step?.policy_id, cause?.step?.step, cause?.step?.round]);
  const apart = Math.abs(Date.parse(a.decided_at) - Date.parse(b.decided_at));
  return stepOf(a) === stepOf(b) && apart <= TOGETHER_MS;
}

function notified(deliveries: readonly DrillDelivery[]): Entry[] {
  const groups: [DrillDelivery, ...DrillDelivery[]][] = [];
  for (const delivery of deliveries) {
    const group = groups.find(([first]) => isAlike(first, delivery));
    if (group) group.push(delivery);
    else groups.push([delivery]);
  }
  return groups.map((group) => {
    const [{ id, decided_at: at, alert, cause }] = group;
    const step = cause?.step ? escalationStep(cause.step) : null;
    const text = messages.notified(ALERT_LABELS[alert], group.length, step);
    return { key: id, at, event: 'notified', text, deliveries: group };
  });
}

const nobody = (cause: AlertCause | null | undefined): string =>
  cause?.step ? messages.nobodyBy(escalationStep(cause.step)) : messages.nobody;

function noteEntry(note: DrillNote, key: string, channelName: (id: number) => string): Entry {
  const { at, reason, channel_id: channel, cause } = note;
  const text = channel === null ? nobody(cause) : messages.notSent(channelName(channel));
  const event = channel === null ? 'unreached' : 'suppressed';
  return { key, at, event, text, reason: describeReason(reason) };
}

/** Why a notification that was decided was not sent after all. */
export function reasonsOf({ notes }: DrillReport): ReadonlyMap<string, Reason> {
  return new Map(
    notes.flatMap(({ delivery_id: id, reason }) => (id === null ? [] : [[id, describeReason(reason)]])),
  );
}

/** What a channel is called: of those of the members only their notifications say it. */
export function channelNames(
  { deliveries }: DrillReport,
  names: ReadonlyMap<number, string> | null,
): (id: number) => string {
  const sent = new Map(deliveries.map(({ channel_id: id, channel_name: name }) => [id, name]));
  return (id) =>
    names?.get(id) ?? sent.get(id) ?? (names ? messages.otherChannel : messages.unknownChannel(id));
}

const ORDER: readonly EntryEvent[] = [
  'started',
  'notified',
  'suppressed',
  'unreached',
  'acknowledged',
  'ended',
  'ahead',
];

/** Everything that happened, oldest first. */
export function timeline(report: DrillReport, by: string, channelName: (id: number) => string): Entry[] {
  const { started_at, ends_at, state, acknowledged, deliveries, notes } = report;
  const known = new Set(deliveries.map(({ id }) => id));
  const entries: Entry[] = [
    { key: 'started', at: started_at, event: 'started', text: messages.startedBy(by) },
    ...notified(deliveries),
  ];
  for (const [index, note] of notes.entries()) {
    // What became of a notification is said there.
    if (note.delivery_id !== null && known.has(note.delivery_id)) continue;
    entries.push(noteEntry(note, `note ${index}`, channelName));
  }
  if (acknowledged) {
    const text = messages.acknowledged(acknowledged.by);
    entries.push({ key: 'acknowledged', at: acknowledged.at, event: 'acknowledged', text });
  }
  entries.push(
    state === 'running'
      ? { key: 'ends', at: ends_at, event: 'ahead', text: messages.willEnd }
      : { key: 'ended', at: ends_at, event: 'ended', text: messages.ended },
  );
  const order = ({ event }: Entry) => ORDER.indexOf(event);
  return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || order(a) - order(b));
}

/** Seconds since the beginning; clocks of several machines differ a little. */
export const secondsAfter = ({ started_at: from }: DrillReport, at: string): number =>
  Math.max(0, (Date.parse(at) - Date.parse(from)) / 1_000);
