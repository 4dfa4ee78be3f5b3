import {
  type DnsSettings,
  type IcmpSettings,
  RECORD_TYPES,
  type TcpSettings,
  type TlsSettings,
} from '@/api/types';
import { z } from '@/lib/zod';
import { escapedTextOrBlank, escapeText, linesOrBlank, textOrBlank, whole } from './form-fields';
import { monitorErrors } from './messages';

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f:]*:[\da-f:.]*)$/i;

/** An IP address with an optional port: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353". */
function isNameServer(text: string): boolean {
  if (text === '' || ADDRESS.test(text)) return true;
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return ADDRESS.test(bracketed ?? plain ?? '') && Number(port) >= 1 && Number(port) <= 65_535;
}

export const tcpSchema = z.object({ send: escapedTextOrBlank(1_024), expect: textOrBlank(1_024) });
export const tlsSchema = z.object({ warn_days: whole(0, 365), verify_tls: z.boolean() });
export const dnsSchema = z.object({
  record_type: z.enum(RECORD_TYPES),
  expected: linesOrBlank(20, 512),
  resolver: z
    .string()
    .trim()
    .refine(isNameServer, monitorErrors.nameServer)
    .transform((text) => text || null),
});
export const icmpSchema = z.object({ packets: whole(1, 10), max_loss_percent: whole(0, 99) });

export const tcpForm = ({ send = '', expect = '' }: TcpSettings) => ({ send: escapeText(send), expect });
export const tlsForm = ({ warn_days, verify_tls }: TlsSettings) => ({
  warn_days: String(warn_days),
  verify_tls,
});
export const dnsForm = ({ record_type, expected = [], resolver = '' }: DnsSettings) => ({
  record_type,
  expected: expected.join('\n'),
  resolver,
});
export const icmpForm = ({ packets, max_loss_percent }: IcmpSettings) => ({
  packets: String(packets),
  max_loss_percent: String(max_loss_percent),
});

export const NEW_NET = {
  tcp: tcpForm({}),
  tls: tlsForm({ warn_days: 14, verify_tls: true }),
  dns: dnsForm({ record_type: 'A' }),
  icmp: icmpForm({ packets: 3, max_loss_percent: 50 }),
};

/** The host and the port of "host", "host:port" or "scheme://host:port"; null for anything else. */
export function parseHost(text: string, scheme: string): { host: string; port: string | null } | null {
  const rest = text.replace(new RegExp(`^${scheme}://`, 'i'), '').replace(/\/$/, '');
  // IPv6 addresses are in brackets because of their colons.
  const [, host, port] = /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::(\d{1,5}))?$/i.exec(rest) ?? [];
  return host ? { host, port: port ?? null } : null;
}

/** The error in the address of a monitor other than HTTP, or null. */
export function hostProblem(text: string, kind: 'tcp' | 'tls' | 'dns' | 'icmp'): string | null {
  const parsed = parseHost(text, kind);
  if (!parsed) {
    return kind === 'dns' || kind === 'icmp' ? monitorErrors.hostOnly : monitorErrors.hostAndPort;
  }
  const { host, port } = parsed;
  if (port !== null && (Number(port) < 1 || Number(port) > 65_535)) return monitorErrors.portRange;
  if (kind === 'tcp' && port === null) return monitorErrors.portMissing;
  if ((kind === 'dns' || kind === 'icmp') && port !== null) return monitorErrors.noPort;
  if (kind === 'dns' && (ADDRESS.test(host) || host.startsWith('['))) return monitorErrors.domainName;
  return null;
}
