import type { ChannelAlerts, ChannelKind, EmailRecipientState } from '@/api/models';
import { formatDuration } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';

export const CHANNEL_LABELS: Record<ChannelKind, string> = {
  slack: 'Slack',
  slack_bot: 'Slack bot',
  email: 'Email',
  webhook: 'Webhook',
};

/** In the order in which they are offered. */
export const CHANNEL_KINDS = keysOf(CHANNEL_LABELS);

export const NAME_EXAMPLES: Record<ChannelKind, string> = {
  slack: '#operations',
  slack_bot: '#operations',
  email: 'On-call team',
  webhook: 'Ticket system',
};

export const channelMessages = {
  addChannel: 'Add channel',
  editChannel: 'Edit channel',
  enabledLabel: (name: string) => `${name} enabled`,
  updateFailed: (name: string) => `Could not update ${name}`,
  degradedAlerts: 'Degraded alerts',
  unknownKind: 'Unknown type',
  off: 'Off',
};

export const RECIPIENT_STATES: Record<EmailRecipientState, string> = {
  confirmed: 'Confirmed',
  waiting: 'Waiting for confirmation',
  declined: 'Declined',
};

export const recipientMessages = {
  asked: 'Confirmation email sent',
  notSent: 'Confirmation email not sent yet',
  notAsked: (reason: string) => `Confirmation email failed: ${reason}`,
  recipientsOf: (name: string) => `Recipients of ${name}`,
  resend: 'Send again',
  askAgain: 'Ask again',
  askedAgainFrom: 'Can be asked again',
  resendTo: (address: string) => `Send the confirmation email to ${address} again`,
  resending: (address: string) => `Confirmation email to ${address} is on its way`,
  resendFailed: (address: string) => `Could not send the confirmation email to ${address}`,
};

/** How to fill in a field. `keep…` is for an edit, where a secret may be left blank. */
export const channelHints = {
  newSecret: 'Leave blank to generate one. It is shown only once.',
  newServerSecret:
    'The URL is on another server, which does not get the current secret. Enter one, or leave blank to generate one.',
  keepToken: 'Leave blank to keep the current token.',
  keepSecret: 'Leave blank to keep the current secret.',
  botToken: 'In your Slack app under OAuth & Permissions. Requires the chat:write scope.',
  slackChannel: 'In the channel details in Slack. Invite the bot to the channel.',
  slackSecret: 'In your Slack app under Basic Information. Verifies that requests come from Slack.',
};

export const channelErrors = {
  botToken: 'Must be a bot token, such as xoxb-…',
  slackChannel: 'Must be a channel ID, such as C0123456789',
  secret: 'Must be whsec_ followed by 24 to 64 bytes in Base64',
  maxRecipients: (max: number) => `Must be at most ${max} recipients`,
  invalidRecipient: (address: string) => `${address} is not a valid email address`,
};

/** The alert settings that differ from the defaults. */
export function describeAlerts(alerts: ChannelAlerts): string[] {
  const { degraded, throttle_seconds: cooldown, remind_every_seconds: remind } = alerts;
  return [
    degraded ? channelMessages.degradedAlerts : '',
    cooldown > 0 ? `Cooldown ${formatDuration(cooldown)}` : '',
    remind !== null ? `Reminders every ${formatDuration(remind)}` : '',
  ].filter((text) => text !== '');
}
