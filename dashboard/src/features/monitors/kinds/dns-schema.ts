import type { DnsSettings } from '@/api/models';
import { recordTypeValues } from '@/api/schema';
import { z } from '@/lib/zod';
import { monitorErrors } from '../messages';
import { linesOrBlank } from './form-fields';
import { hostAddress, hostOfSite, hostOnlyProblem, IP_ADDRESS, parseHost } from './host';
import type { KindSchema } from './kind-schema';

/** An IP address with an optional port: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353". */
function isNameServer(text: string): boolean {
  if (text === '' || IP_ADDRESS.test(text)) return true;
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return IP_ADDRESS.test(bracketed ?? plain ?? '') && Number(port) >= 1 && Number(port) <= 65_535;
}

function isIpAddress(text: string): boolean {
  const host = parseHost(text, 'dns')?.host ?? '';
  return IP_ADDRESS.test(host) || host.startsWith('[');
}

export const dns = {
  schema: z.object({
    record_type: z.enum(recordTypeValues),
    expected: linesOrBlank(20, 512),
    resolver: z
      .string()
      .trim()
      .refine(isNameServer, monitorErrors.nameServer)
      .transform((text) => text || null),
  }),
  form: ({ record_type, expected, resolver }: DnsSettings) => ({
    record_type: record_type ?? 'A',
    expected: (expected ?? []).join('\n'),
    resolver: resolver ?? '',
  }),
  fields: ['dns.record_type', 'dns.expected', 'dns.resolver'],
  addressProblem: (text) =>
    hostOnlyProblem(text, 'dns') ?? (isIpAddress(text) ? monitorErrors.domainName : null),
  tidy: (text) => hostOfSite(text, 'none'),
  address: (text) => hostAddress(text, 'dns'),
} as const satisfies KindSchema<DnsSettings>;
