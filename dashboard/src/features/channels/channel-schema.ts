import type { ChannelInput } from '@/api/channels';
import type { Channel, ChannelAlerts } from '@/api/types';
import { z } from '@/lib/zod';
import { CHANNEL_KINDS } from './kinds';

const WEB_ADDRESS = /^https?:\/\/\S+$/;
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const MAIL_ADDRESS = /^[^\s@<>,]+@[^\s@<>,.]+(\.[^\s@<>,.]+)+$/;
const CONVERSATION = /^[A-Z0-9]{2,32}$/;
const MAX_RECIPIENTS = 20;

const recipients = (text: string) =>
  text
    .split(/[\n,;]/)
    .map((address) => address.trim())
    .filter((address) => address !== '');

/** A field of another kind is not shown, and not looked at. What is blank in an edit stays as it is. */
export const channelSchema = (channel: Channel | null) =>
  z
    .object({
      kind: z.enum(CHANNEL_KINDS),
      name: z.string().trim().min(1, 'must not be blank').max(120, 'must have at most 120 characters'),
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
      const wrong = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['config', field], message });
      const address = (field: 'webhook_url' | 'url', blankIsKept: boolean) => {
        const text = config[field];
        if (text === '' && !blankIsKept) wrong(field, 'must not be blank');
        else if (text !== '' && !WEB_ADDRESS.test(text)) wrong(field, 'must be a web address');
      };
      if (kind === 'slack') address('webhook_url', channel !== null);
      if (kind === 'slack_bot') {
        const kept = channel !== null;
        const token = config.bot_token;
        if (!(kept && token === '') && !/^xoxb-[!-~]+$/.test(token)) {
          wrong('bot_token', "must be a bot's token, xoxb-…");
        }
        if (!CONVERSATION.test(config.channel)) {
          wrong('channel', 'must be the id of a conversation, as in C0123456789');
        }
        if (!kept && config.signing_secret === '') wrong('signing_secret', 'must not be blank');
      }
      if (kind === 'webhook') {
        address('url', false);
        if (config.secret !== '' && !SECRET.test(config.secret)) {
          wrong('secret', 'must be whsec_ and the base64 of 24 to 64 random bytes');
        }
      }
      if (kind === 'email') {
        const to = recipients(config.to);
        const odd = to.find((each) => !MAIL_ADDRESS.test(each));
        if (to.length === 0) wrong('to', 'must not be blank');
        else if (to.length > MAX_RECIPIENTS) wrong('to', `must be at most ${MAX_RECIPIENTS} addresses`);
        else if (odd !== undefined) wrong('to', `must be e-mail addresses; ${odd} is none`);
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
    // The server makes one.
    ...(config.new_secret && { secret: null }),
    ...(config.end_previous && { previous_secret: null }),
  };
}

/** The rules that are not as they were. */
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

/** The secret that the server has just made, which it shows this once. */
export function madeSecret(channel: Channel): string | null {
  const secret = channel.kind === 'webhook' ? channel.config.secret : '';
  return secret.startsWith('whsec_') ? secret : null;
}
