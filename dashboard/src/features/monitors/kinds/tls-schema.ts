import type { TlsSettings } from '@/api/models';
import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { hostAddress, hostOfSite, hostWithPortProblem } from './host';
import type { KindSchema } from './kind-schema';

export const tls = {
  schema: z.object({ warn_days: whole(0, 365), verify_tls: z.boolean() }),
  form: ({ warn_days, verify_tls }: TlsSettings) => ({
    warn_days: String(warn_days ?? 14),
    verify_tls: verify_tls ?? true,
  }),
  fields: ['tls.warn_days', 'tls.verify_tls'],
  addressProblem: (text) => hostWithPortProblem(text, 'tls'),
  tidy: (text) => hostOfSite(text, 'unusual'),
  address: (text) => hostAddress(text, 'tls', 443),
} as const satisfies KindSchema<TlsSettings>;
