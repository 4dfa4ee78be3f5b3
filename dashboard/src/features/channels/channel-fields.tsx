import type { UseFormReturn } from 'react-hook-form';
import type { Channel } from '@/api/types';
import { AreaField, CheckField, InputField } from '@/components/field';
import type { ChannelForm } from './channel-schema';

interface Props {
  form: UseFormReturn<ChannelForm>;
  channel: Channel | null;
}

function SlackFields({ form, channel }: Props) {
  const shown = channel?.kind === 'slack' ? channel.config.webhook_url : null;
  return (
    <InputField
      label="Incoming webhook URL"
      type="url"
      autoComplete="off"
      spellCheck={false}
      placeholder={shown ?? 'https://hooks.slack.com/services/…'}
      hint={
        shown
          ? 'Leave blank to keep the present one. It is a secret and not shown again.'
          : 'In Slack: Apps, Incoming Webhooks, Add to Slack, choose where to post, copy the URL.'
      }
      error={form.formState.errors.config?.webhook_url?.message}
      {...form.register('config.webhook_url')}
    />
  );
}

function SlackBotFields({ form, channel }: Props) {
  const { errors } = form.formState;
  const kept = channel === null ? '' : 'Leave blank to keep the present one.';
  return (
    <>
      <InputField
        label="Bot token"
        autoComplete="off"
        spellCheck={false}
        placeholder="xoxb-…"
        hint={kept || 'In your Slack app, under OAuth & Permissions; it needs the scope chat:write.'}
        error={errors.config?.bot_token?.message}
        {...form.register('config.bot_token')}
      />
      <InputField
        label="Conversation"
        autoComplete="off"
        spellCheck={false}
        placeholder="C0123456789"
        hint="Its id, from the conversation's details in Slack. Invite the bot to it."
        error={errors.config?.channel?.message}
        {...form.register('config.channel')}
      />
      <InputField
        label="Signing secret"
        autoComplete="off"
        spellCheck={false}
        hint={kept || 'In your Slack app, under Basic Information. It proves that a click comes from Slack.'}
        error={errors.config?.signing_secret?.message}
        {...form.register('config.signing_secret')}
      />
      {channel && (
        <p className="text-ink-soft text-sm">
          For the Acknowledge button, switch on Interactivity in your Slack app with this request URL:
          <code className="mt-1 block select-all break-all font-mono text-ink text-xs">
            {`${window.location.origin}/api/slack/interactions/${channel.id}`}
          </code>
        </p>
      )}
    </>
  );
}

function EmailFields({ form }: Props) {
  return (
    <AreaField
      label="Addresses"
      placeholder="ops@example.org"
      hint="One on each line, at most 20."
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
        hint="Each message is posted to it as JSON."
        error={errors.config?.url?.message}
        {...form.register('config.url')}
      />
      {channel === null ? (
        <InputField
          label="Signing secret"
          autoComplete="off"
          spellCheck={false}
          placeholder="whsec_…"
          hint="If blank, one is made and shown to you once."
          error={errors.config?.secret?.message}
          {...form.register('config.secret')}
        />
      ) : (
        <CheckField
          label="Make a new signing secret"
          hint="The present one signs too, so that your receiver can change over."
          error={errors.config?.secret?.message}
          {...form.register('config.new_secret')}
        />
      )}
      {hasPrevious && !form.watch('config.new_secret') && (
        <CheckField
          label="Stop signing with the previous secret"
          hint="Once your receiver knows the new one."
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
