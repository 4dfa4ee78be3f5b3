import {
  isReadable,
  type Monitor,
  type MonitorInput,
  type MonitorKind,
  type ReadableMonitor,
  type SendingField,
} from '@/api/models';
import { recipientsForm, recipientsInput } from '@/components/recipients-form';
import { downRuleForm, downRuleInput } from './alerting/down-rule';
import { flappingForm, flappingInput } from './alerting/flapping';
import { anomaliesForm, anomaliesInput } from './baseline/anomalies';
import { KIND_SCHEMAS } from './kinds/schemas';
import { shortAddress } from './kinds/target';
import { type MonitorForm, type MonitorValues, NEW_MONITOR } from './monitor-schema';
import { regionsEdit, regionsForm, regionsInput } from './regions/quorum';

/** When and how something is sent: a heartbeat, which waits, has the defaults, for when it becomes something else. */
function sendingOf(monitor: ReadableMonitor): Pick<MonitorForm, SendingField> {
  const text = (field: SendingField) =>
    monitor[field] === null ? NEW_MONITOR[field] : String(monitor[field]);
  return {
    interval_seconds: text('interval_seconds'),
    timeout_ms: text('timeout_ms'),
    retries: text('retries'),
    retry_delay_ms: text('retry_delay_ms'),
    up_after: text('up_after'),
    slow_ms: text('slow_ms'),
  };
}

export function formOf(monitor: Monitor): MonitorForm {
  const labels = {
    external_key: monitor.external_key ?? '',
    tags: monitor.tags.join(', '),
    severity: monitor.severity,
    recipients: recipientsForm(monitor.recipients),
    depends_on: monitor.depends_on,
    flapping: flappingForm(monitor.flapping),
    anomalies: anomaliesForm(monitor.anomalies),
    ...regionsForm(monitor),
  };
  if (!isReadable(monitor)) return { ...NEW_MONITOR, name: monitor.name, ...labels };
  const { http, tcp, tls, dns, icmp, heartbeat } = KIND_SCHEMAS;
  return {
    kind: monitor.kind,
    url: shortAddress(monitor),
    name: monitor.name,
    ...sendingOf(monitor),
    ...downRuleForm(monitor),
    upside_down: monitor.upside_down ?? false,
    ...labels,
    http: http.form(monitor.http ?? {}),
    tcp: tcp.form(monitor.tcp ?? {}),
    tls: tls.form(monitor.tls ?? {}),
    dns: dns.form(monitor.dns ?? {}),
    icmp: icmp.form(monitor.icmp ?? {}),
    heartbeat: heartbeat.form(monitor.heartbeat ?? {}),
  };
}

/** Without the fields that are null. */
const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** The settings of one kind alone. */
const ownSettings = (kind: MonitorKind, settings: object): Pick<MonitorInput, MonitorKind> => ({
  [kind]: settings,
});

/** The fields of a new monitor. Blank ones are left to the server's defaults. */
export function inputOf(values: MonitorValues): MonitorInput {
  const { kind, name, upside_down, external_key, tags, severity, depends_on, ...others } = values;
  const { timeout_ms, interval_seconds, retries, retry_delay_ms, up_after, slow_ms, ...own } = others;
  const { http, tcp, tls, dns, icmp, heartbeat } = own;
  const recipients = recipientsInput(values.recipients);
  const flapping = flappingInput(values.flapping);
  const anomalies = anomaliesInput(values.anomalies);
  const { down_after, down_of, down_for_seconds } = downRuleInput(values);
  const sending = { interval_seconds, retries, retry_delay_ms, up_after, slow_ms };
  return {
    ...(kind !== 'heartbeat' && sending),
    ...(kind !== 'heartbeat' && timeout_ms !== null && { timeout_ms }),
    kind,
    url: KIND_SCHEMAS[kind].address(values.url),
    down_after,
    ...(down_of !== null && { down_of }),
    ...(down_for_seconds !== null && { down_for_seconds }),
    ...(name !== '' && { name }),
    ...(upside_down && { upside_down }),
    ...(external_key !== '' && { external_key }),
    ...(tags.length > 0 && { tags }),
    ...(severity !== NEW_MONITOR.severity && { severity }),
    ...(recipients && { recipients }),
    ...(depends_on.length > 0 && { depends_on }),
    ...(flapping && { flapping }),
    ...(anomalies && { anomalies }),
    ...regionsInput(values),
    ...ownSettings(kind, given({ http, tcp, tls, dns, icmp, heartbeat }[kind])),
  };
}

const differs = (before: unknown, after: unknown) =>
  JSON.stringify(before ?? null) !== JSON.stringify(after ?? null);

/** The changed fields; null resets one to its default. */
function changes(before: object, after: object): object {
  const old = before as Record<string, unknown>;
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => differs(old[name], value)));
}

export function editOf(monitor: Monitor, values: MonitorValues): MonitorInput {
  // What cannot be read is replaced as a whole.
  if (!isReadable(monitor)) return inputOf(values);
  const { kind } = values;
  const { [kind]: own, regions: _, quorum: __, ...rest } = inputOf(values);
  // Null resets a field that was cleared to its default.
  const { timeout_ms, name, upside_down, external_key, tags, severity, depends_on } = values;
  const edited = {
    ...changes(monitor, {
      ...rest,
      ...downRuleInput(values),
      ...(kind !== 'heartbeat' && { timeout_ms }),
      name: name || null,
      upside_down: upside_down || null,
      external_key: external_key || null,
      tags,
      severity,
      recipients: recipientsInput(values.recipients),
      depends_on,
      flapping: flappingInput(values.flapping),
      anomalies: anomaliesInput(values.anomalies),
    }),
    ...regionsEdit(monitor, values),
  };
  const before = monitor[kind];
  // After a change of kind, the settings of the new kind are sent as a whole.
  const part = before ? changes(before, values[kind]) : own;
  return part && Object.keys(part).length > 0 ? { ...edited, ...ownSettings(kind, part) } : edited;
}
