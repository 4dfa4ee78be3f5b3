import type { Channel, ChannelAlerts, ChannelInput } from '@/api/models';
import { keysOf } from '@/lib/keys-of';
import { BLANK_CONFIG, type ChannelForm, channelFields } from './form-fields';
import { CHANNEL_FORMS } from './kinds/forms';

/** Ignores the fields of other kinds. */
export const channelSchema = (isEdit: boolean) =>
  channelFields.superRefine(({ kind, config }, context) => {
    for (const [field, message] of Object.entries(CHANNEL_FORMS[kind].check(config, isEdit))) {
      if (message) context.addIssue({ code: 'custom', path: ['config', field], message });
    }
  });

const DEFAULT_ALERTS: ChannelAlerts = { degraded: false, throttle_seconds: 0, remind_every_seconds: null };

/** The channel, unless the server could not read its configuration. */
export const readable = (channel: Channel | null): Channel | null => (channel?.config ? channel : null);

/** Where a channel's notifications go. */
export const destination = ({ kind, config }: Channel): string =>
  kind && config ? CHANNEL_FORMS[kind].destination(config) : '';

export function channelForm(channel: Channel | null): ChannelForm {
  const { degraded, throttle_seconds: throttle, remind_every_seconds: remind } = alertsOf(channel);
  return {
    kind: channel?.kind ?? 'slack',
    name: channel?.name ?? '',
    config: {
      ...BLANK_CONFIG,
      ...(channel?.kind && channel.config && CHANNEL_FORMS[channel.kind].form(channel.config)),
    },
    alerts: {
      degraded,
      throttle_seconds: String(throttle),
      remind_every_seconds: String(remind ?? ''),
    },
  };
}

const alertsOf = (channel: Channel | null): ChannelAlerts => channel?.alerts ?? DEFAULT_ALERTS;

/** The alert settings that were changed. */
function changedAlerts({ alerts }: ChannelForm, channel: Channel | null): Partial<ChannelAlerts> {
  const before = alertsOf(channel);
  const { degraded, throttle_seconds: throttle, remind_every_seconds: remind } = alerts;
  const after: ChannelAlerts = {
    degraded,
    throttle_seconds: Number(throttle),
    remind_every_seconds: remind === '' ? null : Number(remind),
  };
  return Object.fromEntries(
    keysOf(after)
      .filter((name) => after[name] !== before[name])
      .map((name) => [name, after[name]]),
  );
}

export function channelInput(form: ChannelForm, channel: Channel | null): ChannelInput {
  const config = CHANNEL_FORMS[form.kind].config(form.config, channel?.config ?? null);
  const alerts = changedAlerts(form, channel);
  return {
    name: form.name,
    ...(Object.keys(config).length > 0 && { config }),
    ...(Object.keys(alerts).length > 0 && { alerts }),
  };
}

/** The secret that the server has just generated; it is returned only once. */
export function generatedSecret({ config }: Channel): string | null {
  const secret = config?.secret;
  return secret?.startsWith('whsec_') ? secret : null;
}
