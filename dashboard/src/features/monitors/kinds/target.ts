import { isReadable, type Monitor, type ReadableMonitor } from '@/api/models';
import { KIND_MESSAGES, monitorMessages } from '../messages';

/** The address without its scheme, except for HTTP. */
export function shortAddress({ kind, url }: Pick<ReadableMonitor, 'kind' | 'url'>): string {
  if (kind === 'http') return url;
  const host = url.replace(/^[a-z]+:\/\//i, '');
  return kind === 'tls' ? host.replace(/:443$/, '') : host;
}

/** The target on one line: "DNS MX example.org". */
export function describeTarget(monitor: Monitor): string {
  if (!isReadable(monitor)) return monitorMessages.unreadable;
  const address = shortAddress(monitor);
  if (monitor.kind === 'http') return `${monitor.http?.method ?? 'GET'} ${address}`;
  const { shortLabel } = KIND_MESSAGES[monitor.kind];
  if (monitor.kind === 'dns') return `${shortLabel} ${monitor.dns?.record_type ?? 'A'} ${address}`;
  return `${shortLabel} ${address}`;
}

/** The same without the method of HTTP monitors. */
export const shortTarget = (monitor: Monitor): string =>
  isReadable(monitor) && monitor.kind === 'http' ? shortAddress(monitor) : describeTarget(monitor);
