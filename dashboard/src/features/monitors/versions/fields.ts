import type {
  AnomalyRule,
  FlappingRule,
  MonitorKind,
  QuorumSetting,
  Recipients,
  Severity,
} from '@/api/models';
import { monitorKindValues } from '@/api/schema';
import { plainText } from '@/components/versions/rows';
import { capitalise } from '@/lib/format';
import { alertingMessages, SEVERITY_LABELS } from '@/messages/alerting';
import { baselineMessages, describeAnomalies, SENSITIVITY_LABELS } from '@/messages/baseline';
import { common } from '@/messages/common';
import { regionTexts } from '@/messages/regions';
import { tagMessages } from '@/messages/tags';
import { KIND_LABELS, STATE_LABELS } from '@/messages/terms';
import { versionMessages as messages } from '@/messages/versions';
import { FLAPPING_NUMBERS } from '../alerting/flapping';
import {
  dependencyMessages,
  describeFlapping,
  flappingMessages,
  monitorAlerting,
  ruleMessages,
} from '../alerting/messages';
import { heartbeatForm } from '../heartbeats/messages';
import { type DurationField, durationOf } from '../kinds/duration';
import { escapeText, formatLoosely } from '../kinds/form-fields';
import { formatStatusRanges } from '../kinds/http-schema';
import { AUTH_LABELS, FAMILY_LABELS, fieldLabels } from '../kinds/messages';
import { shortAddress } from '../kinds/target';
import { formMessages, KIND_MESSAGES } from '../messages';
import { quorumInWords, regionForm } from '../regions/messages';
import { monitorVersionMessages } from './messages';

/** What ids are called that are in a definition. */
export interface Names {
  monitor: (id: number) => string;
  channel: (id: number) => string;
  policy: (id: number) => string;
}

export interface Field {
  label: string;
  /** A value in the words and units of the form. */
  show?: (value: unknown, names: Names) => string;
  /** What it is where nothing is saved, if that is something. */
  absent?: string;
  /** Whether it is shown as one, although it has several parts. */
  isWhole?: boolean;
}

const withUnit =
  (unit: string): Field['show'] =>
  (value) =>
    `${plainText(value)} ${unit}`;

const percent = (value: unknown): string => `${plainText(value)}%`;

/** The largest unit of which it is a whole number, as in the form: nothing is rounded away. */
function duration(value: unknown): string {
  const { count, unit } = typeof value === 'number' ? durationOf(value, 's') : (value as DurationField);
  return `${count} ${unit}`;
}

const oneOf =
  (labels: Record<string, string>): Field['show'] =>
  (value) =>
    labels[String(value)] ?? plainText(value);

const severity = (value: unknown): string => SEVERITY_LABELS[value as Severity] ?? plainText(value);

const namesOf = (ids: unknown, nameOf: (id: number) => string): string =>
  Array.isArray(ids) && ids.length > 0 ? ids.map((id) => nameOf(Number(id))).join(', ') : messages.notSet;

const RECIPIENTS: Record<Recipients['to'], string> = {
  channels: monitorAlerting.theseChannels,
  policy: monitorAlerting.aPolicy,
  nobody: monitorAlerting.nobody,
};

function recipients(value: unknown, names: Names): string {
  const given = value as Recipients;
  switch (given.to) {
    case 'channels':
      return capitalise(namesOf(given.channels, names.channel));
    case 'policy':
      return alertingMessages.policy(names.policy(given.policy_id));
    default:
      return RECIPIENTS[given.to];
  }
}

/** The address as it is in the form, which leaves out schemes that follow from the type. */
function address(value: unknown): string {
  const url = plainText(value);
  const scheme = /^([a-z]+):\/\//i.exec(url)?.[1]?.toLowerCase();
  const kind = monitorKindValues.find((each) => each === scheme);
  return kind ? shortAddress({ kind, url }) : url;
}

const list = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : plainText(value));

/** What is not of the form that this version knows is shown as it is. */
function quorum(value: unknown): string {
  const { down, min_regions: least } = value as Partial<QuorumSetting>;
  return down === undefined ? plainText(value) : quorumInWords(down, least ?? null);
}

const statuses = (value: unknown): string =>
  Array.isArray(value) ? formatStatusRanges(value as [number, number][]) : plainText(value);

const { labels: flappingLabels } = flappingMessages;

/** By their paths; of parts of a type those of the form are taken where nothing is saved. */
const FIELDS: Record<string, Field> = {
  name: { label: common.name },
  kind: { label: common.type, show: oneOf(KIND_LABELS) },
  url: { label: KIND_MESSAGES.http.addressLabel, show: address },
  paused: { label: STATE_LABELS.paused, absent: messages.no },
  tags: { label: tagMessages.tags, show: list },
  external_key: { label: formMessages.externalKey },
  severity: { label: alertingMessages.severity, show: severity },
  recipients: {
    label: alertingMessages.whoIsNotified,
    show: recipients,
    absent: monitorAlerting.byRoutes,
    isWhole: true,
  },
  'recipients.to': {
    label: alertingMessages.whoIsNotified,
    show: oneOf(RECIPIENTS),
    absent: monitorAlerting.byRoutes,
  },
  'recipients.channels': {
    label: alertingMessages.channelsLabel,
    show: (value, names) => capitalise(namesOf(value, names.channel)),
  },
  'recipients.policy_id': {
    label: alertingMessages.policyLabel,
    show: (value, names) => names.policy(Number(value)),
  },
  depends_on: { label: dependencyMessages.title, show: (value, names) => namesOf(value, names.monitor) },
  flapping: {
    label: flappingMessages.title,
    show: (value) => describeFlapping(value as FlappingRule),
    absent: flappingMessages.off,
    isWhole: true,
  },
  anomalies: {
    label: baselineMessages.title,
    show: (value) => describeAnomalies(value as AnomalyRule),
    absent: baselineMessages.off,
    isWhole: true,
  },
  'anomalies.sensitivity': { label: baselineMessages.title, show: oneOf(SENSITIVITY_LABELS) },
  'anomalies.notify': { label: baselineMessages.notify },
  ...Object.fromEntries(
    FLAPPING_NUMBERS.map((each): [string, Field] => [
      `flapping.${each}`,
      { label: messages.part(flappingMessages.title, flappingLabels[each]), absent: flappingMessages.off },
    ]),
  ),
  regions: { label: regionTexts.checkedFrom, show: list },
  quorum: { label: regionForm.downWhen, show: quorum, isWhole: true },
  'quorum.down': { label: regionForm.downWhen, show: (value) => quorum({ down: value }) },
  'quorum.min_regions': { label: regionForm.least },
  interval_seconds: { label: formMessages.interval, show: withUnit('s') },
  timeout_ms: { label: formMessages.timeout, show: withUnit('ms') },
  retries: { label: formMessages.retryCount },
  retry_delay_ms: { label: formMessages.retryDelay, show: withUnit('ms') },
  slow_ms: { label: formMessages.slowAbove, show: withUnit('ms') },
  down_after: { label: formMessages.downAfter },
  down_of: { label: ruleMessages.ofLast, absent: ruleMessages.counts.in_a_row },
  down_for_seconds: { label: ruleMessages.forAtLeast, show: duration },
  up_after: { label: formMessages.upAfter },
  upside_down: { label: formMessages.invert, absent: messages.no },

  'http.method': { label: fieldLabels.method },
  'http.max_redirects': { label: fieldLabels.maxRedirects },
  'http.body': { label: fieldLabels.body },
  'http.headers': { label: fieldLabels.headers },
  'http.auth': { label: formMessages.authentication },
  'http.auth.type': { label: formMessages.authentication, show: oneOf(AUTH_LABELS) },
  'http.auth.username': { label: fieldLabels.username },
  'http.auth.password': { label: fieldLabels.password },
  'http.auth.token': { label: fieldLabels.token },
  'http.ip_family': { label: fieldLabels.ipVersion, show: oneOf(FAMILY_LABELS) },
  'http.expected_status': { label: fieldLabels.expectedStatus, show: statuses },
  'http.contains': { label: fieldLabels.contains },
  'http.not_contains': { label: fieldLabels.notContains },
  'http.json.path': { label: fieldLabels.jsonPath },
  'http.json.equals': { label: fieldLabels.jsonValue, show: formatLoosely, isWhole: true },
  'http.expected_headers': { label: fieldLabels.expectedHeaders },
  'http.tls_warn_days': { label: formMessages.minValidity, show: withUnit('days') },
  'http.max_body_bytes': { label: fieldLabels.maxBodySize, show: withUnit('bytes') },
  'http.verify_tls': { label: formMessages.verifyTls },
  'http.tls_resumption': { label: fieldLabels.resumeTls },

  'tcp.send': { label: fieldLabels.send, show: (value) => escapeText(plainText(value)) },
  'tcp.expect': { label: fieldLabels.responseContains },

  'tls.warn_days': { label: formMessages.minValidity, show: withUnit('days') },
  'tls.verify_tls': { label: formMessages.verifyTls },

  'dns.record_type': { label: fieldLabels.recordType },
  'dns.expected': { label: fieldLabels.expectedRecords },
  'dns.resolver': { label: fieldLabels.nameServer },

  'icmp.packets': { label: fieldLabels.packets },
  'icmp.max_loss_percent': { label: fieldLabels.maxLoss, show: percent },

  'heartbeat.schedule': { label: heartbeatForm.schedule },
  'heartbeat.schedule.period_seconds': { label: heartbeatForm.period, show: duration },
  'heartbeat.schedule.expression': { label: heartbeatForm.schedule },
  'heartbeat.schedule.timezone': {
    label: common.timeZone,
    show: (value) => plainText(value).replaceAll('_', ' '),
  },
  'heartbeat.grace_seconds': { label: heartbeatForm.grace, show: duration },
  'heartbeat.early_seconds': { label: heartbeatForm.early, show: duration },
  'heartbeat.start_grace_seconds': { label: heartbeatForm.startGrace, show: duration },
  'heartbeat.longest_run_seconds': { label: heartbeatForm.longestRun, show: duration },
  'heartbeat.shortest_run_seconds': { label: heartbeatForm.shortestRun, show: duration },
  'heartbeat.least_pause_seconds': { label: heartbeatForm.leastPause, show: duration },
  'heartbeat.post_only': { label: heartbeatForm.postOnly },
  'heartbeat.body.fail': { label: heartbeatForm.failWords },
  'heartbeat.body.success': { label: heartbeatForm.successWords },
  'heartbeat.body.start': { label: heartbeatForm.startWords },
  'heartbeat.body.otherwise_fail': { label: heartbeatForm.otherwiseFail },
};

const isKind = (field: string): field is MonitorKind => monitorKindValues.some((each) => each === field);

/** A field by its path, of a monitor of a type. What is within a field, such as one header, is named after both. */
export function fieldAt(path: string, kind: MonitorKind): Field {
  if (path === 'url') return { ...FIELDS.url, label: KIND_MESSAGES[kind].addressLabel };
  if (path === 'upside_down' && kind === 'heartbeat') {
    return { ...FIELDS.upside_down, label: heartbeatForm.mustNotPing };
  }
  const known = FIELDS[path];
  if (known) return known;
  if (isKind(path)) return { label: monitorVersionMessages.settingsOf(path) };
  const parts = path.split('.');
  for (let length = parts.length - 1; length > 0; length--) {
    const outer = FIELDS[parts.slice(0, length).join('.')];
    if (outer) return { label: messages.part(outer.label, parts.slice(length).join('.')) };
  }
  return { label: path };
}

export const isKnown = (path: string): boolean => fieldAt(path, 'http').label !== path;

/** What the changed fields are called, each once. */
export const labelsOf = (fields: readonly string[], kind: MonitorKind): string[] => [
  ...new Set(fields.map((field) => fieldAt(field, kind).label)),
];
