import type {
  EscalationStep,
  EscalationTarget,
  Hours,
  MonitorKind,
  OnCallLayer,
  Recipients,
  RouteConditions,
  RoutedAlert,
  Severity,
  VersionDifference,
} from '@/api/models';
import type { ItemKind } from '@/components/versions/item-links';
import { isObject, isSame, plainText, type Row } from '@/components/versions/rows';
import { capitalise } from '@/lib/format';
import { formatTimeZone } from '@/lib/time-zone';
import {
  alertingMessages,
  conditionMessages,
  describeConditions,
  describeHours,
  describeRecipients,
  describeStepConditions,
  minutes,
  SEVERITY_LABELS,
  stepTime,
  targetInWords,
} from '@/messages/alerting';
import { errorCodeLabel } from '@/messages/check-errors';
import { common } from '@/messages/common';
import { tagMessages } from '@/messages/tags';
import { ALERT_LABELS, KIND_LABELS } from '@/messages/terms';
import { versionMessages } from '@/messages/versions';
import { describeRule, timesMessages } from '@/messages/windows';
import { itemMessages as messages } from './messages';

/** What ids are called that are in a definition. */
export interface Names {
  monitor: (id: number) => string;
  tag: (id: number) => string;
  policy: (id: number) => string;
  target: (target: EscalationTarget) => string;
}

interface Field {
  label: string;
  /** A value in the words and units of the form. */
  show?: (value: unknown, names: Names) => string;
  /** What it is where nothing is saved, if that is something. */
  absent?: string;
  /** Whether it is shown as one, although it has several parts. */
  isWhole?: boolean;
}

const listOf =
  (nameOf: (item: never, names: Names) => string): NonNullable<Field['show']> =>
  (value, names) =>
    Array.isArray(value) ? value.map((item) => nameOf(item as never, names)).join(', ') : plainText(value);

const linesOf =
  (nameOf: (item: never, names: Names, at: number) => string): NonNullable<Field['show']> =>
  (value, names) =>
    Array.isArray(value)
      ? value.map((item, at) => nameOf(item as never, names, at)).join('\n')
      : plainText(value);

const ofMinutes = (value: unknown): string => (typeof value === 'number' ? minutes(value) : plainText(value));

const zone = (value: unknown): string => formatTimeZone(plainText(value));

const target = (names: Names) => (each: EscalationTarget) => targetInWords(each.kind, names.target(each));

const channel = (id: number, names: Names): string => names.target({ kind: 'channel', id });

function recipients(value: unknown, names: Names): string {
  return capitalise(
    describeRecipients(value as Recipients, { channel: (id) => channel(id, names), policy: names.policy }),
  );
}

const RECIPIENTS: Record<Recipients['to'], string> = {
  channels: messages.recipientChannels,
  policy: messages.recipientPolicy,
  nobody: alertingMessages.nobody,
};

function conditions(value: unknown, names: Names): string {
  const each = describeConditions(value as RouteConditions, names.tag);
  return each.length > 0 ? each.join('\n') : conditionMessages.everyIncident;
}

function step({ wait_minutes: wait = 0, targets, conditions: only }: EscalationStep, names: Names): string {
  const who = targets.map(target(names)).join(', ');
  return messages.step(capitalise(stepTime(wait)), who, describeStepConditions(only ?? {}));
}

function layer(given: OnCallLayer, names: Names, at: number): string {
  const people = given.people.map((id) => names.target({ kind: 'person', id })).join(', ');
  return messages.layer(at + 1, given, people);
}

const FIELDS: Record<ItemKind, Record<string, Field>> = {
  'maintenance-windows': {
    name: { label: common.name },
    monitors: {
      label: messages.monitors,
      show: listOf((id: number, names) => names.monitor(id)),
      absent: messages.noneByName,
    },
    tags: { label: tagMessages.tags, show: listOf((name: string) => name) },
    repeat: {
      label: timesMessages.repeat,
      show: (value) => (timesMessages.repeats as Record<string, string>)[String(value)] ?? plainText(value),
    },
    starts: { label: timesMessages.start, show: (value) => plainText(value).replace('T', ' ') },
    rule: { label: messages.rule, show: (value) => describeRule(plainText(value)) },
    weekday: { label: timesMessages.day },
    from: { label: timesMessages.start },
    until: { label: timesMessages.end },
    minutes: { label: timesMessages.duration, show: ofMinutes },
    time_zone: { label: common.timeZone, show: zone },
  },
  'alert-routes': {
    name: { label: common.name },
    conditions: { label: conditionMessages.legend, show: conditions, isWhole: true },
    'conditions.tags': { label: conditionMessages.tags, show: listOf((id: number, names) => names.tag(id)) },
    'conditions.kinds': {
      label: conditionMessages.types,
      show: listOf((each: MonitorKind) => KIND_LABELS[each] ?? each),
    },
    'conditions.severities': {
      label: conditionMessages.severities,
      show: listOf((each: Severity) => SEVERITY_LABELS[each] ?? each),
    },
    'conditions.alerts': {
      label: conditionMessages.alerts,
      show: listOf((each: RoutedAlert) => ALERT_LABELS[each] ?? each),
    },
    'conditions.error_codes': { label: conditionMessages.errorCodes, show: listOf(errorCodeLabel) },
    'conditions.hours': {
      label: conditionMessages.time,
      show: (value) => describeHours(value as Hours),
      isWhole: true,
    },
    'conditions.outside_hours': { label: messages.outsideHours, absent: versionMessages.no },
    recipients: { label: messages.recipients, show: recipients, isWhole: true },
    'recipients.to': {
      label: messages.recipients,
      show: (value) => RECIPIENTS[value as Recipients['to']] ?? plainText(value),
    },
    'recipients.channels': { label: messages.recipientChannels, show: listOf(channel) },
    'recipients.policy_id': {
      label: messages.recipientPolicy,
      show: (value, names) => names.policy(Number(value)),
    },
    continue: { label: messages.continue, absent: versionMessages.no },
  },
  'escalation-policies': {
    name: { label: common.name },
    steps: { label: messages.steps, show: linesOf(step) },
    repeats: { label: messages.repeats, show: (value) => messages.times(Number(value)) },
    repeat_after_minutes: { label: messages.repeatAfter, show: ofMinutes },
    acknowledgement_minutes: {
      label: messages.expires,
      show: (value) => (value === 0 ? messages.never : ofMinutes(value)),
    },
  },
  'on-call-schedules': {
    name: { label: common.name },
    time_zone: { label: common.timeZone, show: zone },
    layers: { label: messages.layers, show: linesOf(layer) },
  },
};

/** A field by its path. What is within a field is named after both. */
function fieldAt(path: string, kind: ItemKind): Field {
  const fields = FIELDS[kind];
  const known = fields[path];
  if (known) return known;
  const parts = path.split('.');
  for (let length = parts.length - 1; length > 0; length--) {
    const outer = fields[parts.slice(0, length).join('.')];
    if (outer) return { label: versionMessages.part(outer.label, parts.slice(length).join('.')) };
  }
  return { label: path };
}

/** What a field is called; null of one that is not known. */
export function labelOf(path: string, kind: ItemKind): string | null {
  const { label } = fieldAt(path, kind);
  return label === path ? null : label;
}

/** What the changed fields are called, each once. */
export const labelsOf = (fields: readonly string[], kind: ItemKind): string[] => [
  ...new Set(fields.map((field) => fieldAt(field, kind).label)),
];

/** The fields within a value by their paths. What is shown as one stays whole. */
function leavesOf(
  path: string,
  value: unknown,
  kind: ItemKind,
  found = new Map<string, unknown>(),
): Map<string, unknown> {
  if (!isObject(value) || fieldAt(path, kind).isWhole) return found.set(path, value);
  for (const [name, inner] of Object.entries(value)) leavesOf(`${path}.${name}`, inner, kind, found);
  return found;
}

/** The differences as the form has those settings. */
export function rowsOf(differences: readonly VersionDifference[], kind: ItemKind, names: Names): Row[] {
  const show = (field: string, value: unknown): string | null => {
    const { absent = null, show: given } = fieldAt(field, kind);
    const inWords: NonNullable<Field['show']> = given ?? plainText;
    if (value == null || value === '' || (Array.isArray(value) && value.length === 0)) return absent;
    return inWords(value, names);
  };
  return differences.flatMap(({ field, before, after }) => {
    const [old, now] = [leavesOf(field, before, kind), leavesOf(field, after, kind)];
    return [...new Set([...old.keys(), ...now.keys()])]
      .filter((each) => !isSame(old.get(each), now.get(each)))
      .map((each) => ({
        field: each,
        label: fieldAt(each, kind).label,
        before: show(each, old.get(each)),
        after: show(each, now.get(each)),
        isSecret: false,
      }));
  });
}

/** The settings that a definition has. */
export const settingsOf = (definition: object, kind: ItemKind, names: Names): Row[] =>
  rowsOf(
    Object.entries(definition)
      .filter(([field]) => labelOf(field, kind) !== null)
      .map(([field, after]) => ({ field, before: null, after, secret: false })),
    kind,
    names,
  ).filter(({ after }) => after !== null);

/** Ids of monitors for which names are needed. */
export const monitorsIn = (differences: readonly Pick<VersionDifference, 'field' | 'before' | 'after'>[]) => [
  ...new Set(
    differences
      .filter(({ field }) => field === 'monitors')
      .flatMap(({ before, after }) => [before, after])
      .flatMap((ids) => (Array.isArray(ids) ? ids.map(Number) : [])),
  ),
];
