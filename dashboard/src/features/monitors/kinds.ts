import type { Monitor } from '@/api/types';
import { KIND_MESSAGES } from './messages';

/** The address without its scheme, except for HTTP. */
export function shortAddress({ kind, url }: Pick<Monitor, 'kind' | 'url'>): string {
  if (kind === 'http') return url;
  const host = url.replace(/^[a-z]+:\/\//i, '');
  return kind === 'tls' ? host.replace(/:443$/, '') : host;
}

/** The target on one line: "DNS MX example.org". */
export function describeTarget(monitor: Monitor): string {
  const address = shortAddress(monitor);
  if (monitor.kind === 'http') return `${monitor.http?.method ?? 'GET'} ${address}`;
  const { shortLabel } = KIND_MESSAGES[monitor.kind];
  if (monitor.kind === 'dns') return `${shortLabel} ${monitor.dns?.record_type ?? 'A'} ${address}`;
  return `${shortLabel} ${address}`;
}
