import type { IcmpSettings } from '@/api/models';
import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { hostAddress, hostOfSite, hostOnlyProblem } from './host';
import type { KindSchema } from './kind-schema';

export const icmp = {
  schema: z.object({ packets: whole(1, 10), max_loss_percent: whole(0, 99) }),
  form: ({ packets, max_loss_percent }: IcmpSettings) => ({
    packets: String(packets ?? 3),
    max_loss_percent: String(max_loss_percent ?? 50),
  }),
  fields: ['icmp.packets', 'icmp.max_loss_percent'],
  addressProblem: (text) => hostOnlyProblem(text, 'icmp'),
  tidy: (text) => hostOfSite(text, 'none'),
  address: (text) => hostAddress(text, 'icmp'),
} as const satisfies KindSchema<IcmpSettings>;
