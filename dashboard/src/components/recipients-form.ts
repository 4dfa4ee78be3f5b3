import type { Recipients } from '@/api/models';
import { z } from '@/lib/zod';
import { alertingErrors } from '@/messages/alerting';

const MAX_CHANNELS = 50;

/** Who is notified; `routes` where a monitor leaves it to them. */
export const recipientsField = z
  .object({
    to: z.enum(['routes', 'channels', 'policy', 'nobody']),
    channels: z.array(z.number()),
    policy_id: z.number().nullable(),
  })
  .superRefine(({ to, channels, policy_id }, context) => {
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (to === 'channels' && channels.length === 0) wrong('channels', alertingErrors.atLeastOneChannel);
    if (to === 'channels' && channels.length > MAX_CHANNELS)
      wrong('channels', alertingErrors.atMostChannels(MAX_CHANNELS));
    if (to === 'policy' && policy_id === null) wrong('policy_id', alertingErrors.choosePolicy);
  });

export type RecipientsForm = z.infer<typeof recipientsField>;

export const recipientsForm = (
  recipients: Recipients | null,
  otherwise: RecipientsForm['to'] = 'routes',
): RecipientsForm => ({
  to: recipients?.to ?? otherwise,
  channels: recipients?.to === 'channels' ? recipients.channels : [],
  policy_id: recipients?.to === 'policy' ? recipients.policy_id : null,
});

/** Null where the routes decide. */
export function recipientsInput({ to, channels, policy_id }: RecipientsForm): Recipients | null {
  if (to === 'channels') return { to, channels };
  if (to === 'policy' && policy_id !== null) return { to, policy_id };
  return to === 'nobody' ? { to } : null;
}
