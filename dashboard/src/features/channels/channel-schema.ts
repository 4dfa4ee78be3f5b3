import type { ChannelInput } from '@/api/channels';
import type { Channel, ChannelAlerts } from '@/api/types';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { CHANNEL_KINDS } from './kinds';
import { channelErrors } from './messages';

const URL_PATTERN = /^https?:\/\/\S+$/;
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const EMAIL = /^[^\s@<>,]+@[^\s@<>,.]+(\.[^\s@<>,.]+)+$/;
const BOT_TOKEN = /^xoxb-[!-~]+$/;
const SLACK_CHANNEL = /^[A-Z0-9]{2,32}$/;
const MAX_RECIPIENTS = 20;

const recipients = (text: string) =>
  text
    .split(/[\n,;]/)
    .map((address) => address.trim())
    .filter((address) => address !== '');

/** Ignores the fields of other kinds. In an edit, a blank secret keeps the current one. */
export const channelSchema = (channel: Channel | null) =>
  z
    .object({
      kind: z.enum(CHANNEL_KINDS),
      name: z.string().trim().min(1, validation.required).max(120, validation.maxCharacters(120)),
      config: z.object({
        webhook_url: z.string().trim(),
        bot_token: z.string().trim(),
        channel: z.string().trim(),
        signing_secret: z.string().trim(),
        url: z.string().trim(),
        secret: z.string().trim(),
        new_secret: z.boolean(),
        end_previous: z.boolean(),
        to: z.string(),
      }),
      alerts: z.object({
        degraded: z.boolean(),
        throttle_seconds: z.string(),
        remind_every_seconds: z.string(),
      }),
    })
    .superRefine(({ kind, config }, context) => {
      const isEdit = channel !== null;
      const addError = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['config', field], message });
      const checkUrl = (field: 'webhook_url' | 'url', optional: boolean) => {
        const url = config[field];
        if (url === '' && !optional) addError(field, validation.required);
        else if (url !== '' && !URL_PATTERN.test(url)) addError(field, validation.url);
      };
      if (kind === 'slack') checkUrl('webhook_url', isEdit);
      if (kind === 'slack_bot') {
        const token = config.bot_token;
        if (!(isEdit && token === '') && !BOT_TOKEN.test(token)) {
          addError('bot_token', channelErrors.botToken);
        }
        if (!SLACK_CHANNEL.test(config.channel)) addError('channel', channelErrors.slackChannel);
        if (!isEdit && config.signing_secret === '') addError('signing_secret', validation.required);
      }
      if (kind === 'webhook') {
        checkUrl('url', false);
        if (config.secret !== '' && !SECRET.test(config.secret)) addError('secret', channelErrors.secret);
      }
      if (kind === 'email') {
        const to = recipients(config.to);
        const invalid = to.find((address) => !EMAIL.test(address));
        if (to.length === 0) addError('to', validation.required);
        else if (to.length > MAX_RECIPIENTS) addError('to', channelErrors.maxRecipients(MAX_RECIPIENTS));
        else if (invalid !== undefined) addError('to', channelErrors.invalidRecipient(invalid));
      }
    });

export type ChannelForm = z.input<ReturnType<typeof channelSchema>>;

export const CHANNEL_FIELDS = [
  'name',
  'config.webhook_url',
  'config.bot_token',
  'config.channel',
  'config.signing_secret',
  'config.url',
  'config.secret',
  'config.to',
  'alerts.degraded',
  'alerts.throttle_seconds',
  'alerts.remind_every_seconds',
] as const;

const DEFAULT_ALERTS: ChannelAlerts = { degraded: false, throttle_seconds: 0, remind_every_seconds: null };

export function channelForm(channel: Channel | null): ChannelForm {
  const alerts = channel?.alerts ?? DEFAULT_ALERTS;
  return {
    kind: channel?.kind ?? 'slack',
    name: channel?.name ?? '',
    config: {
      webhook_url: '',
      bot_token: '',
      channel: channel?.kind === 'slack_bot' ? channel.config.channel : '',
      signing_secret: '',
      url: channel?.kind === 'webhook' ? channel.config.url : '',
      secret: '',
      new_secret: false,
      end_previous: false,
      to: channel?.kind === 'email' ? channel.config.to.join('\n') : '',
    },
    alerts: {
      degraded: alerts.degraded,
      throttle_seconds: String(alerts.throttle_seconds),
      remind_every_seconds: String(alerts.remind_every_seconds ?? ''),
    },
  };
}

function configOf({ kind, config }: ChannelForm): Record<string, unknown> {
  if (kind === 'slack') return config.webhook_url ? { webhook_url: config.webhook_url } : {};
  if (kind === 'slack_bot') {
    return {
      channel: config.channel,
      ...(config.bot_token && { bot_token: config.bot_token }),
      ...(config.signing_secret && { signing_secret: config.signing_secret }),
    };
  }
  if (kind === 'email') return { to: recipients(config.to) };
  return {
    url: config.url,
    ...(config.secret && { secret: config.secret }),
    // The server generates one.
    ...(config.new_secret && { secret: null }),
    ...(config.end_previous && { previous_secret: null }),
  };
}

/** The alert settings that were changed. */
function changedAlerts({ alerts }: ChannelForm, channel: Channel | null): Partial<ChannelAlerts> {
  const before = channel?.alerts ?? DEFAULT_ALERTS;
  const { degraded, throttle_seconds: throttle, remind_every_seconds: remind } = alerts;
  const after = {
    degraded,
    throttle_seconds: Number(throttle),
    remind_every_seconds: remind === '' ? null : Number(remind),
  };
  const names = Object.keys(after) as (keyof ChannelAlerts)[];
  return Object.fromEntries(
    names.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]]),
  );
}

export function channelInput(form: ChannelForm, channel: Channel | null): ChannelInput {
  const parts = { config: configOf(form), alerts: changedAlerts(form, channel) };
  const given = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0);
  return { name: form.name, ...Object.fromEntries(given) };
}

/** The secret that the server has just generated; it is returned only once. */
export function generatedSecret(channel: Channel): string | null {
  const secret = channel.kind === 'webhook' ? channel.config.secret : '';
  return secret.startsWith('whsec_') ? secret : null;
}
