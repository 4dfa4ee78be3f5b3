import type { Kind, Monitor } from '@/api/types';

/** What a kind is called, and how its address is asked for. */
export const KIND_LOOKS: Record<
  Kind,
  { label: string; checks: string; address: string; placeholder: string; hint?: string }
> = {
  http: {
    label: 'HTTP',
    checks: 'Requests an address and looks at the answer.',
    address: 'URL',
    placeholder: 'https://example.org/',
  },
  tcp: {
    label: 'TCP',
    checks: 'Opens a connection to a port.',
    address: 'Host and port',
    placeholder: 'db.example.org:5432',
  },
  icmp: {
    label: 'Ping',
    checks: 'Sends pings and counts those that come back.',
    address: 'Host',
    placeholder: 'example.org or 192.0.2.1',
  },
  dns: {
    label: 'DNS',
    checks: 'Asks a name server for the records of a name.',
    address: 'Domain name',
    placeholder: 'example.org',
  },
  tls: {
    label: 'TLS certificate',
    checks: 'Tells you before a certificate expires.',
    address: 'Host',
    placeholder: 'example.org',
    hint: 'Port 443, unless you add another, like mail.example.org:465.',
  },
};

/** The address as people write it: only that of HTTP needs its scheme. */
export function shortAddress({ kind, url }: Pick<Monitor, 'kind' | 'url'>): string {
  if (kind === 'http') return url;
  const host = url.replace(/^[a-z]+:\/\//i, '');
  return kind === 'tls' ? host.replace(/:443$/, '') : host;
}

/** What is checked, on one line: "DNS MX example.org". */
export function describeTarget(monitor: Monitor): string {
  const address = shortAddress(monitor);
  if (monitor.kind === 'http') return `${monitor.http?.method ?? 'GET'} ${address}`;
  if (monitor.kind === 'dns') return `DNS ${monitor.dns?.record_type ?? 'A'} ${address}`;
  return `${monitor.kind === 'tls' ? 'TLS' : KIND_LOOKS[monitor.kind].label} ${address}`;
}
