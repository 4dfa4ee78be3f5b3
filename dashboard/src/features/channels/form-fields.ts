import { channelKindValues } from '@/api/schema';
import { keysOf } from '@/lib/keys-of';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { QUIET_HOURS_FIELDS, quietHoursField } from './quiet-hours-form';

/** The fields of all kinds: the form has only those of its own kind. */
const TEXTS = [
  'access_token',
  'account_sid',
  'api_key',
  'api_url',
  'app_secret',
  'app_token',
  'auth_token',
  'body',
  'bot_token',
  'by',
  'channel',
  'chat_id',
  'content_type',
  'from_number',
  'homeserver_url',
  'method',
  'phone_number_id',
  'priority',
  'room_id',
  'routing_key',
  'secret',
  'server_url',
  'signing_secret',
  'template_language',
  'template_prefix',
  'thread_id',
  'to',
  'to_number',
  'topic',
  'urgency',
  'url',
  'user_key',
  'webhook_url',
  'workflow_url',
] as const;

const FLAGS = ['emergency', 'end_previous', 'new_secret', 'remove_secret'] as const;

export type TextName = (typeof TEXTS)[number];

const each = <K extends string, V>(names: readonly K[], value: V) =>
  Object.fromEntries(names.map((name) => [name, value])) as Record<K, V>;

/** As many as the server takes. */
export const MAX_HEADERS = 20;

/** A blank value keeps that of the header of this name. */
const headers = z.array(z.object({ name: z.string().trim(), value: z.string().trim() }));

const config = z.object({ ...each(TEXTS, z.string().trim()), ...each(FLAGS, z.boolean()), headers });

const alerts = z.object({
  degraded: z.boolean(),
  throttle_seconds: z.string(),
  remind_every_seconds: z.string(),
  quiet_hours: quietHoursField,
  acknowledge_by_link: z.boolean(),
});

export const channelFields = z.object({
  kind: z.enum(channelKindValues),
  name: z.string().trim().min(1, validation.required).max(120, validation.maxCharacters(120)),
  config,
  alerts,
});

export type ChannelForm = z.input<typeof channelFields>;
export type ConfigForm = ChannelForm['config'];

export const BLANK_CONFIG: ConfigForm = { ...each(TEXTS, ''), ...each(FLAGS, false), headers: [] };

/** The names of the fields, for errors of the server; of the headers those of the first. */
export const CHANNEL_FIELDS = [
  'name',
  'config.headers.0.name',
  'config.headers.0.value',
  ...keysOf(config.shape).map((name) => `config.${name}` as const),
  'alerts.degraded',
  'alerts.throttle_seconds',
  'alerts.remind_every_seconds',
  'alerts.acknowledge_by_link',
  ...QUIET_HOURS_FIELDS.map((name) => `alerts.quiet_hours.${name}` as const),
] as const;
