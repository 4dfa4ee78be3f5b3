import type { UseFormReturn } from 'react-hook-form';
import type { Channel } from '@/api/types';
import { AreaField, CheckField, InputField } from '@/components/field';
import type { ChannelForm } from './channel-schema';
import { channelHints, channelMessages } from './messages';

interface Props {
  form: UseFormReturn<ChannelForm>;
  channel: Channel | null;
}

function SlackFields({ form, channel }: Props) {
  const current = channel?.kind === 'slack' ? channel.config.webhook_url : null;
  return (
    <InputField
      label="Incoming webhook URL"
      type="url"
      autoComplete="off"
      spellCheck={false}
      placeholder={current ?? 'https://hooks.slack.com/services/…'}
      hint={current ? channelHints.keepUrl : channelHints.slackUrl}
      error={form.formState.errors.config?.webhook_url?.message}
      {...form.register('config.webhook_url')}
    />
  );
}

const interactionsUrl = ({ id }: Channel) => `${window.location.origin}/api/slack/interactions/${id}`;

function SlackBotFields({ form, channel }: Props) {
  const { errors } = form.formState;

  return (
    <>
      <InputField
        label="Bot token"
        autoComplete="off"
        spellCheck={false}
        placeholder="xoxb-…"
        hint={channel ? channelHints.keepToken : channelHints.botToken}
        error={errors.config?.bot_token?.message}
        {...form.register('config.bot_token')}
      />
      <InputField
        label="Channel ID"
        autoComplete="off"
        spellCheck={false}
        placeholder="C0123456789"
        hint={channelHints.slackChannel}
        error={errors.config?.channel?.message}
        {...form.register('config.channel')}
      />
      <InputField
        label={channelMessages.signingSecret}
        autoComplete="off"
        spellCheck={false}
        hint={channel ? channelHints.keepSecret : channelHints.slackSecret}
        error={errors.config?.signing_secret?.message}
        {...form.register('config.signing_secret')}
      />
      {channel && (
        <p className="text-ink-soft text-sm">
          To enable the Acknowledge button, turn on Interactivity in your Slack app with this request URL:
          <code className="mt-1 block select-all break-all font-mono text-ink text-xs">
            {interactionsUrl(channel)}
          </code>
        </p>
      )}
    </>
  );
}

function EmailFields({ form }: Props) {
  return (
    <AreaField
      label="Recipients"
      placeholder="ops@example.org"
      hint="One email address per line, up to 20."
      error={form.formState.errors.config?.to?.message}
      {...form.register('config.to')}
    />
  );
}

function WebhookFields({ form, channel }: Props) {
  const { errors } = form.formState;
  const hasPrevious = channel?.kind === 'webhook' && channel.config.previous_secret !== undefined;
  return (
    <>
      <InputField
        label="URL"
        type="url"
        autoComplete="off"
        spellCheck={false}
        placeholder="https://example.org/hooks/uptime"
        hint="Each notification is sent as a POST request with a JSON body."
        error={errors.config?.url?.message}
        {...form.register('config.url')}
      />
      {channel === null ? (
        <InputField
          label={channelMessages.signingSecret}
          autoComplete="off"
          spellCheck={false}
          placeholder="whsec_…"
          hint="Leave blank to generate one. It is shown only once."
          error={errors.config?.secret?.message}
          {...form.register('config.secret')}
        />
      ) : (
        <CheckField
          label="Rotate signing secret"
          hint="Notifications are signed with both secrets until you remove the previous one."
          error={errors.config?.secret?.message}
          {...form.register('config.new_secret')}
        />
      )}
      {hasPrevious && !form.watch('config.new_secret') && (
        <CheckField
          label="Remove previous signing secret"
          hint="Once your receiver uses the new one."
          {...form.register('config.end_previous')}
        />
      )}
    </>
  );
}

export const CHANNEL_FORMS = {
  slack: SlackFields,
  slack_bot: SlackBotFields,
  email: EmailFields,
  webhook: WebhookFields,
};
