import type { Channel, ChannelKind } from '@/api/types';

/** In the order in which they are offered. */
export const CHANNEL_KINDS = [
  'slack',
  'slack_bot',
  'email',
  'webhook',
] as const satisfies readonly ChannelKind[];

/** The channel, unless the server could not read its configuration. */
export const readable = (channel: Channel | null): Channel | null => (channel?.config ? channel : null);

/** Where a channel's notifications go. */
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
