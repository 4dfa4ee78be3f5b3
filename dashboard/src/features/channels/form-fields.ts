import { channelKindValues } from '@/api/schema';
import { keysOf } from '@/lib/keys-of';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';

/** The fields of all kinds: the form has only those of its own kind. */
const config = z.object({
  webhook_url: z.string().trim(),
  bot_token: z.string().trim(),
  channel: z.string().trim(),
  signing_secret: z.string().trim(),
  url: z.string().trim(),
  secret: z.string().trim(),
  new_secret: z.boolean(),
  end_previous: z.boolean(),
  to: z.string(),
});

const alerts = z.object({
  degraded: z.boolean(),
  throttle_seconds: z.string(),
  remind_every_seconds: z.string(),
});

export const channelFields = z.object({
  kind: z.enum(channelKindValues),
  name: z.string().trim().min(1, validation.required).max(120, validation.maxCharacters(120)),
  config,
  alerts,
});

export type ChannelForm = z.input<typeof channelFields>;
export type ConfigForm = ChannelForm['config'];

export const BLANK_CONFIG: ConfigForm = {
  webhook_url: '',
  bot_token: '',
  channel: '',
  signing_secret: '',
  url: '',
  secret: '',
  new_secret: false,
  end_previous: false,
  to: '',
};

/** The names of the fields, for errors of the server. */
export const CHANNEL_FIELDS = [
  'name',
  ...keysOf(config.shape).map((name) => `config.${name}` as const),
  ...keysOf(alerts.shape).map((name) => `alerts.${name}` as const),
] as const;
