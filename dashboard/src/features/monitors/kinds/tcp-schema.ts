import type { TcpSettings } from '@/api/models';
import { z } from '@/lib/zod';
import { monitorErrors } from '../messages';
import { escapedTextOrBlank, escapeText, textOrBlank } from './form-fields';
import { hostAddress, hostOfSite, hostWithPortProblem, parseHost } from './host';
import type { KindSchema } from './kind-schema';

export const tcp = {
  schema: z.object({ send: escapedTextOrBlank(1_024), expect: textOrBlank(1_024) }),
  form: ({ send, expect }: TcpSettings) => ({ send: escapeText(send ?? ''), expect: expect ?? '' }),
  fields: ['tcp.send', 'tcp.expect'],
  addressProblem: (text) =>
    hostWithPortProblem(text, 'tcp') ??
    (parseHost(text, 'tcp')?.port === null ? monitorErrors.portMissing : null),
  tidy: (text) => hostOfSite(text, 'always'),
  address: (text) => hostAddress(text, 'tcp'),
} as const satisfies KindSchema<TcpSettings>;
