import type { MonitorInput } from '@/api/monitors';
import type { Monitor } from '@/api/types';
import { httpForm } from './http-schema';
import { shortAddress } from './kinds';
import { type MonitorForm, type MonitorValues, NEW_MONITOR } from './monitor-schema';
import { dnsForm, icmpForm, parseHost, tcpForm, tlsForm } from './net-schema';

export function formOf(monitor: Monitor): MonitorForm {
  if (monitor.definition_error) return { ...NEW_MONITOR, name: monitor.name };
  return {
    kind: monitor.kind,
    url: shortAddress(monitor),
    name: monitor.name,
    interval_seconds: String(monitor.interval_seconds),
    timeout_ms: String(monitor.timeout_ms),
    retries: String(monitor.retries),
    retry_delay_ms: String(monitor.retry_delay_ms),
    down_after: String(monitor.down_after),
    up_after: String(monitor.up_after),
    slow_ms: monitor.slow_ms === null ? '' : String(monitor.slow_ms),
    upside_down: monitor.upside_down ?? false,
    http: monitor.http ? httpForm(monitor.http) : NEW_MONITOR.http,
    tcp: monitor.tcp ? tcpForm(monitor.tcp) : NEW_MONITOR.tcp,
    tls: monitor.tls ? tlsForm(monitor.tls) : NEW_MONITOR.tls,
    dns: monitor.dns ? dnsForm(monitor.dns) : NEW_MONITOR.dns,
    icmp: monitor.icmp ? icmpForm(monitor.icmp) : NEW_MONITOR.icmp,
  };
}

function addressOf({ kind, url }: MonitorValues): string {
  if (kind === 'http') return url;
  const { host = '', port = null } = parseHost(url, kind) ?? {};
  if (port === null) return `${kind}://${host}${kind === 'tls' ? ':443' : ''}`;
  return `${kind}://${host}:${port}`;
}

const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** The fields of a new monitor. Blank ones are left to the server's defaults. */
export function inputOf(values: MonitorValues): MonitorInput {
  const { kind, name, timeout_ms, upside_down, http, tcp, tls, dns, icmp, ...rest } = values;
  return {
    ...rest,
    kind,
    url: addressOf(values),
    ...(name !== '' && { name }),
    ...(timeout_ms !== null && { timeout_ms }),
    ...(upside_down && { upside_down }),
    [kind]: given({ http, tcp, tls, dns, icmp }[kind]),
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
  if (monitor.definition_error) return inputOf(values);
  const { kind } = values;
  const { [kind]: own, ...rest } = inputOf(values);
  const upsideDown = values.upside_down || null;
  const edited = changes(monitor, { ...rest, upside_down: upsideDown });
  const before = monitor[kind];
  // After a change of kind, the settings of the new kind are sent as a whole.
  const part = before ? changes(before, values[kind]) : (own as object);
  return Object.keys(part).length > 0 ? { ...edited, [kind]: part } : edited;
}
