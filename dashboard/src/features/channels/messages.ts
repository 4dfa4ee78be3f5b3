import type {
  ChannelAlerts,
  ChannelKind,
  EmailRecipientState,
  OwnQuietHours,
  QuietHours,
} from '@/api/models';
import { formatDuration, formatQuantity } from '@/lib/format';
import { browserTimeZone, formatTimeZone } from '@/lib/time-zone';
import { describeDays, shortTime } from '@/messages/alerting';

interface KindTexts {
  label: string;
  /** What tells it from others, in a few words. */
  about: string;
  /** What else people search it by. */
  also?: string;
  /** An example of a name. */
  example: string;
}

export const KIND_TEXTS: Record<ChannelKind, KindTexts> = {
  slack: { label: 'Slack', about: 'Incoming webhook', example: '#operations' },
  slack_bot: { label: 'Slack bot', about: 'With an Acknowledge button', example: '#operations' },
  teams: { label: 'Teams', about: 'Microsoft Teams workflow', also: 'MS', example: 'Operations team' },
  discord: { label: 'Discord', about: 'Webhook of a channel', example: '#operations' },
  telegram: { label: 'Telegram', about: 'Bot in a chat or group', example: 'Operations group' },
  mattermost: { label: 'Mattermost', about: 'Incoming webhook', example: 'town-square' },
  google_chat: { label: 'Google Chat', about: 'Webhook of a space', example: 'Operations space' },
  matrix: { label: 'Matrix', about: 'Room on any homeserver', example: 'Operations room' },
  pagerduty: { label: 'PagerDuty', about: 'Events API', example: 'On-call engineers' },
  jsm: {
    label: 'Jira Service Management',
    about: 'Or Opsgenie',
    also: 'JSM Atlassian',
    example: 'On-call engineers',
  },
  whatsapp: {
    label: 'WhatsApp',
    about: 'With an app at Meta',
    also: 'Business Platform',
    example: 'Phone of Ada',
  },
  twilio: { label: 'SMS or call', about: 'With Twilio', also: 'text voice', example: 'Phone of Ada' },
  ntfy: { label: 'ntfy', about: 'Push notifications, also self-hosted', example: 'Phones of operations' },
  pushover: { label: 'Pushover', about: 'Push notifications', example: 'Phones of operations' },
  email: { label: 'Email', about: 'Up to 20 recipients', example: 'On-call team' },
  webhook: { label: 'Webhook', about: 'Signed POST requests', example: 'Ticket system' },
};

/** In the order in which they are offered. */
export const KIND_GROUPS: readonly { label: string; kinds: readonly ChannelKind[] }[] = [
  {
    label: 'Chat',
    kinds: ['slack', 'slack_bot', 'teams', 'discord', 'telegram', 'mattermost', 'google_chat', 'matrix'],
  },
  { label: 'On call', kinds: ['pagerduty', 'jsm'] },
  { label: 'Phone', kinds: ['whatsapp', 'twilio', 'ntfy', 'pushover'] },
  { label: 'Other', kinds: ['email', 'webhook'] },
];

export const channelMessages = {
  addChannel: 'Add channel',
  editChannel: 'Edit channel',
  enabledLabel: (name: string) => `${name} enabled`,
  updateFailed: (name: string) => `Could not update ${name}`,
  degradedAlerts: 'Degraded alerts',
  acknowledgeByLink: 'Acknowledge by link',
  unknownKind: 'Unknown type',
  off: 'Off',
  search: 'Search types',
  searchExample: 'Slack, SMS, on call',
  instead: 'Instead',
  noTypes: 'No matching types. Many services accept webhooks.',
  changeType: 'Change type',
  setupGuide: 'Setup guide',
  templates: 'Texts of the templates',
  other: 'Other…',
  apiUrl: 'API URL',
  advanced: 'Advanced',
  removeSecret: (label: string) => `Remove ${label.charAt(0).toLowerCase()}${label.slice(1)}`,
};

/** Of the channels by which somebody is reached as a person. */
export const ownChannelMessages = {
  about:
    'Used when you are on call, or when an escalation policy names you or your team in this organisation. Only you see these channels.',
  list: 'My channels',
  none: 'Nobody can page you',
  noneHint:
    'Without a channel of your own you are not notified when you are on call. Add at least one, better two: email alone is easily overlooked at night.',
  allDisabled: 'All your channels are disabled, so nobody can page you.',
  allUnconfirmed: 'None of your enabled channels is confirmed, so nobody can page you.',
  limit: (max: number) => `You can have up to ${max} channels of your own.`,
  useEmail: 'Use my account’s email address',
  emailName: 'Email',
  emailFailed: 'Could not add your email address',
};

/** The service's own documentation. */
export const guide = (href: string) => [{ text: channelMessages.setupGuide, href }];

/** Fields of several kinds. */
export const channelLabels = {
  accessToken: 'Access token',
  apiKey: 'API key',
  botToken: 'Bot token',
  priority: 'Priority',
  to: 'To',
  webhookUrl: 'Webhook URL',
  workflowUrl: 'Workflow URL',
};

/** Where the service of a channel reports what became of messages. */
export const callbackMessages = {
  about:
    'For delivery reports, enter these in your Meta app under WhatsApp > Configuration > Webhook, and subscribe to the field “messages”.',
  url: 'Callback URL',
  token: 'Verify token',
  copyUrl: 'Copy the callback URL',
  copyToken: 'Copy the verify token',
};

/** Where notifications go. */
export const destinations = {
  thread: (url: string, thread: string | null | undefined) => (thread ? `${url} · thread ${thread}` : url),
  chat: (chat: string, topic: string | null | undefined) =>
    `${chat.startsWith('@') ? chat : `chat ${chat}`}${topic ? ` · topic ${topic}` : ''}`,
  topic: (topic: string, url: string) => `topic ${topic} at ${withoutScheme(url)}`,
  at: (place: string | null | undefined, url: string) => (place ? `${place} at ${withoutScheme(url)}` : url),
  phone: (isCall: boolean, to: string) => `${isCall ? 'call' : 'SMS'} to ${to}`,
  priority: (priority: string, service: string) =>
    [service, `priority ${priority}`].filter((text) => text !== '').join(' · '),
  emergency: 'emergency priority',
};

const withoutScheme = (url: string) => url.replace(/^https?:\/\//, '').replace(/\/…$/, '');

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
  resendAll: 'Send again to everyone waiting',
  askAllAgain: 'Ask everyone who declined again',
  ofChannel: (text: string, name: string) => `${text}: ${name}`,
  resendingAll: 'Confirmation emails are on their way',
  resendAllFailed: 'Could not send the confirmation emails',
};

/** Of the numbers of own channels, which a code confirms. */
export const numberMessages = {
  confirm: (name: string) => `Confirm the number of ${name}`,
  waiting: 'Waiting for confirmation of the number',
  hint: 'Six digits that were sent to the number. Until you enter them, it gets no alerts.',
  enter: 'Confirm number',
  sent: 'Code sent',
  onItsWay: 'Code is being sent',
  notSent: (reason: string) => `Code could not be sent: ${reason}`,
  sendAgain: 'Send another code',
  sendAgainTo: (name: string) => `Send another code to the number of ${name}`,
  sending: (name: string) => `A code to the number of ${name} is on its way`,
  sendFailed: (name: string) => `Could not send a code to the number of ${name}`,
  confirmed: (name: string) => `The number of ${name} is confirmed`,
};

/** How to fill in a field. `keep…` is for an edit, where a secret may be left blank. */
export const channelHints = {
  newSecret: 'Leave blank to generate one. It is shown only once.',
  newServerSecret:
    'The URL is on another server, which does not get the current secret. Enter one, or leave blank to generate one.',
  keep: 'Leave blank to keep the current one. It is secret and not shown again.',
  moved: 'The server was changed, and the current one is only for the old server. Enter it again.',
  movedOptional:
    'The server was changed, and the current one is only for the old server. Enter one, or leave blank for none.',
  to: 'The number that is notified, with its country code.',
  apiUrl: 'Only for a proxy or a server of your own.',
};

export const channelErrors = {
  slackToken: 'Must be a bot token, such as xoxb-…',
  signingSecret: 'Must be the signing secret of the app',
  telegramToken: 'Must be a bot token, such as 110201543:AAHdqTcvCH1v…',
  telegramChat: 'Must be a chat ID, such as -1001234567890, or the @name of a public one',
  accessToken: 'Must be an access token',
  appSecret: 'Must be the secret of the app',
  apiKey: 'Must be the key of an API integration',
  phoneNumber: 'Must be a phone number with its country code, such as +49 151 12345678',
  smsSender: 'Must be a phone number with its country code, or the SID of a messaging service',
  base: 'Must have neither a query nor a fragment',
  secret: 'Must be whsec_ followed by 24 to 64 bytes in Base64',
  maxRecipients: (max: number) => `Must be at most ${max} recipients`,
  invalidRecipient: (address: string) => `${address} is not a valid email address`,
};

/** What is chosen of the requests of a webhook. */
export const requestMessages = {
  title: 'Custom request',
  method: 'Method',
  contentType: 'Content type',
  contentTypes: {
    'application/json': 'JSON',
    'application/x-www-form-urlencoded': 'Form',
    'text/plain': 'Plain text',
  },
  header: (row: number) => `Header ${row}`,
  headerValue: (row: number) => `Value of header ${row}`,
  headerName: 'Must be the name of a header, such as X-Api-Key',
  addHeader: 'Add header',
  removeHeader: (row: number) => `Remove header ${row}`,
  headers: (count: number) => formatQuantity(count, 'header'),
  headersMoved:
    'The server was changed, and the current values are only for the old server. Enter them again.',
  body: 'Body',
  ownBody: 'Own body',
  bodyHints: {
    'application/json':
      'Leave blank for the standard body. Placeholders are filled in within quotation marks; {{json}} is the whole standard body.',
    'application/x-www-form-urlencoded':
      'One line, such as title={{text}}&id={{incident_id}}. Placeholders are encoded.',
    'text/plain': 'Placeholders are filled in as they are.',
  },
  placeholders: 'Placeholders',
};

/** When a channel is not notified of what begins. */
export const quietHoursMessages = {
  title: 'Quiet hours',
  hint: 'For nights and weekends: incidents that are less severe wait until these hours are over.',
  passesLabel: 'Notify at once of',
  passes: {
    critical: 'Critical',
    warning: 'Critical and warning',
    info: 'Everything',
    none: 'Nothing',
  },
  passesHints: {
    critical: 'Incidents of severity warning and info wait.',
    warning: 'Incidents of severity info wait.',
    info: 'Nothing waits: these quiet hours change nothing.',
    none: 'All incidents wait, critical ones too.',
  },
  atTheEnd: (until: string) =>
    `At ${shortTime(until)} the channel is notified of the incidents that are still ongoing, all together. Of each that is over by then it gets one notification, which says when it was down.`,
};

/** When a person is not notified of what starts, by any of their own channels. */
export const ownQuietHoursMessages = {
  title: 'Quiet hours',
  about:
    'During these times your channels do not notify you of new incidents, except those you choose below. You are notified of them afterwards. Escalation policies continue with their next step at once. Quiet hours of a single channel apply as well. Only you see this setting.',
  hint: ({ windows, passes = 'critical' }: OwnQuietHours): string =>
    windows.length === 0
      ? 'Your channels can notify you at any time, unless one has quiet hours of its own.'
      : quietHoursMessages.passesHints[passes ?? 'none'],
  none: 'Off',
  window: (number: number) => `Time ${number}`,
  addWindow: 'Add time',
  removeWindow: (number: number) => `Remove time ${number}`,
  remove: 'Remove',
  wrong: (message: string) => `These times ${message}`,
  turnOn: 'Turn on quiet hours',
  change: 'Change quiet hours',
  turnOff: 'Turn off quiet hours',
  turnedOff: 'Quiet hours are off',
  turnOffFailed: 'Could not turn off quiet hours',
  saved: 'Quiet hours saved',
};

/** "22:00–07:00; Sat, Sun 07:00–10:00", with the time zone where it is not the own one. */
export function describeOwnQuietHours({ windows, time_zone: zone }: OwnQuietHours): string {
  if (windows.length === 0) return ownQuietHoursMessages.none;
  const times = windows.map(({ days = [], from, until }) => {
    const span = `${shortTime(from)}–${shortTime(until)}`;
    return days.length === 0 || days.length === 7 ? span : `${describeDays(days)} ${span}`;
  });
  const text = times.join('; ');
  return zone === browserTimeZone() ? text : `${text}, ${formatTimeZone(zone)}`;
}

/** "Quiet 22:00–07:00", with the days and the time zone where they are not every day and the own one. */
export function describeQuietHours({ hours }: QuietHours): string {
  const { days = [], from, until, time_zone: zone } = hours;
  const isEveryDay = days.length === 0 || days.length === 7;
  const times = `${shortTime(from)}–${shortTime(until)}`;
  const text = isEveryDay ? `Quiet ${times}` : `Quiet ${describeDays(days)} ${times}`;
  return zone === browserTimeZone() ? text : `${text}, ${formatTimeZone(zone)}`;
}

/** The alert settings that differ from the defaults. */
export function describeAlerts(alerts: ChannelAlerts): string[] {
  const {
    degraded,
    throttle_seconds: cooldown,
    remind_every_seconds: remind,
    quiet_hours: quiet,
    acknowledge_by_link: byLink,
  } = alerts;
  return [
    degraded ? channelMessages.degradedAlerts : '',
    cooldown > 0 ? `Cooldown ${formatDuration(cooldown)}` : '',
    remind !== null ? `Reminders every ${formatDuration(remind)}` : '',
    quiet ? describeQuietHours(quiet) : '',
    byLink ? channelMessages.acknowledgeByLink : '',
  ].filter((text) => text !== '');
}
