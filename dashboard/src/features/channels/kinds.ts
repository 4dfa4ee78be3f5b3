import type { Channel, ChannelKind } from '@/api/types';

/** What a kind is called, and who has taken a message of its. */
export const CHANNEL_LOOKS: Record<ChannelKind, { label: string; taker: string; placeholder: string }> = {
  slack: { label: 'Slack', taker: 'Slack', placeholder: '#operations' },
  slack_bot: { label: 'Slack bot', taker: 'Slack', placeholder: '#operations' },
  email: { label: 'E-mail', taker: 'The mail server', placeholder: 'On-call team' },
  webhook: { label: 'Webhook', taker: 'The webhook', placeholder: 'Ticket system' },
};

export const CHANNEL_KINDS = [
  'slack',
  'slack_bot',
  'email',
  'webhook',
] as const satisfies readonly ChannelKind[];

/** The channel, unless the server could not read its configuration. */
export const readable = (channel: Channel | null): Channel | null => (channel?.config ? channel : null);

/** Where a channel leads. */
export function destination({ kind, config }: Channel): string {
  switch (kind) {
    case 'slack':
      return config.webhook_url;
    case 'slack_bot':
      return config.channel;
    case 'email':
      return config.to.join(', ');
    case 'webhook':
      return config.url;
  }
}
