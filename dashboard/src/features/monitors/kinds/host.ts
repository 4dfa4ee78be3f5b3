import { monitorErrors } from '../messages';

/** An IP address of either version. */
export const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f:]*:[\da-f:.]*)$/i;

/** The host and the port of "host", "host:port" or "scheme://host:port"; null for anything else. */
export function parseHost(text: string, scheme: string): { host: string; port: string | null } | null {
  const rest = text.replace(new RegExp(`^${scheme}://`, 'i'), '').replace(/\/$/, '');
  // IPv6 addresses are in brackets because of their colons.
  const [, host, port] = /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::(\d{1,5}))?$/i.exec(rest) ?? [];
  return host ? { host, port: port ?? null } : null;
}

/** Of the address of a site, its host; with its port where the kind has one. Other texts stay as they are. */
export function hostOfSite(text: string, port: 'none' | 'unusual' | 'always'): string {
  const plain = text.trim();
  if (!/^https?:\/\//i.test(plain) || !URL.canParse(plain)) return plain;
  const { protocol, hostname, port: given } = new URL(plain);
  if (port === 'none' || (port === 'unusual' && given === '')) return hostname;
  return `${hostname}:${given || (protocol === 'http:' ? '80' : '443')}`;
}

type Scheme = 'tcp' | 'tls' | 'dns' | 'icmp';

/** The error in an address whose port may be left out. */
export function hostWithPortProblem(text: string, scheme: Scheme): string | null {
  const parsed = parseHost(text, scheme);
  if (!parsed) return monitorErrors.hostAndPort;
  const { port } = parsed;
  return port !== null && (Number(port) < 1 || Number(port) > 65_535) ? monitorErrors.portRange : null;
}

/** The error in an address without a port. */
export function hostOnlyProblem(text: string, scheme: Scheme): string | null {
  const parsed = parseHost(text, scheme);
  if (!parsed) return monitorErrors.hostOnly;
  return hostWithPortProblem(text, scheme) ?? (parsed.port === null ? null : monitorErrors.noPort);
}

/** The address as the API takes it. */
export function hostAddress(text: string, scheme: Scheme, defaultPort?: number): string {
  const { host = '', port = null } = parseHost(text, scheme) ?? {};
  const suffix = port ?? defaultPort;
  return suffix === undefined ? `${scheme}://${host}` : `${scheme}://${host}:${suffix}`;
}
