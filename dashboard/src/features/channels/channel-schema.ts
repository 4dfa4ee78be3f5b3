import type { Channel, ChannelAlerts, ChannelConfig, ChannelInput, ChannelKind } from '@/api/models';
import { keysOf } from '@/lib/keys-of';
import { BLANK_CONFIG, type ChannelForm, type ConfigForm, channelFields } from './form-fields';
import { CHANNEL_FORMS } from './kinds/forms';
import { quietHoursForm, quietHoursInput } from './quiet-hours-form';

/** Of a channel that has had the configuration `before`, or none. Ignores the fields of other kinds. */
export const channelSchema = (before: ChannelConfig | null) =>
  channelFields.superRefine(({ kind, config }, context) => {
    for (const [field, message] of Object.entries(CHANNEL_FORMS[kind].check(config, before))) {
      if (message) context.addIssue({ code: 'custom', path: ['config', ...field.split('.')], message });
    }
  });

const DEFAULT_ALERTS: ChannelAlerts = { degraded: false, throttle_seconds: 0, remind_every_seconds: null };

/** The channel, unless the server could not read its configuration. */
export const readable = (channel: Channel | null): Channel | null => (channel?.config ? channel : null);

/** Where a channel's notifications go. */
export const destination = ({ kind, config }: Channel): string =>
  kind && config ? CHANNEL_FORMS[kind].destination(config) : '';

/** The fields of a new channel that are about its kind. */
export const blankConfig = (kind: ChannelKind): ConfigForm => ({
  ...BLANK_CONFIG,
  ...CHANNEL_FORMS[kind].form({}),
});

export function channelForm(channel: Channel | null, kind: ChannelKind = 'slack'): ChannelForm {
  const {
    degraded,
    throttle_seconds: throttle,
    remind_every_seconds: remind,
    quiet_hours: quiet,
    acknowledge_by_link: byLink,
  } = alertsOf(channel);
  return {
    kind: channel?.kind ?? kind,
    name: channel?.name ?? '',
    config: {
      ...blankConfig(channel?.kind ?? kind),
      ...(channel?.kind && channel.config && CHANNEL_FORMS[channel.kind].form(channel.config)),
    },
    alerts: {
      degraded,
      throttle_seconds: String(throttle),
      remind_every_seconds: String(remind ?? ''),
      quiet_hours: quietHoursForm(quiet ?? null),
      acknowledge_by_link: byLink ?? false,
    },
  };
}

const alertsOf = (channel: Channel | null): ChannelAlerts => channel?.alerts ?? DEFAULT_ALERTS;

const alertsInput = (alerts: ChannelForm['alerts']): Required<ChannelAlerts> => {
  const {
    degraded,
    throttle_seconds: throttle,
    remind_every_seconds: remind,
    quiet_hours: quiet,
    acknowledge_by_link: byLink,
  } = alerts;
  return {
    degraded,
    throttle_seconds: Number(throttle),
    remind_every_seconds: remind === '' ? null : Number(remind),
    quiet_hours: quietHoursInput(quiet),
    acknowledge_by_link: byLink,
  };
};

/** The alert settings that were changed. */
function changedAlerts(form: ChannelForm, channel: Channel | null): Partial<ChannelAlerts> {
  const before = alertsInput(channelForm(channel).alerts);
  const after = alertsInput(form.alerts);
  return Object.fromEntries(
    keysOf(after)
      .filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]))
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
