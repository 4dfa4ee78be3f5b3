import type { Channel } from '@/api/models';
import { InputField } from '@/components/field';
import { webhookMessages } from '@/messages/webhooks';
import { channelErrors, channelHints } from '../messages';
import { type ChannelKindForm, type FieldsProps, requiredProblem } from './kind-form';

const BOT_TOKEN = /^xoxb-[!-~]+$/;
const SLACK_CHANNEL = /^[A-Z0-9]{2,32}$/;

const interactionsUrl = ({ id }: Channel) => `${window.location.origin}/api/slack/interactions/${id}`;

function SlackBotFields({ form, channel }: FieldsProps) {
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
        label={webhookMessages.signingSecret}
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

export const slackBot: ChannelKindForm = {
  Fields: SlackBotFields,
  destination: ({ channel }) => channel ?? '',
  form: ({ channel }) => ({ channel: channel ?? '' }),
  check: ({ bot_token: token, channel, signing_secret: secret }, isEdit) => ({
    bot_token: BOT_TOKEN.test(token) || (isEdit && token === '') ? null : channelErrors.botToken,
    channel: SLACK_CHANNEL.test(channel) ? null : channelErrors.slackChannel,
    signing_secret: requiredProblem(secret, isEdit),
  }),
  config: ({ channel, bot_token: token, signing_secret: secret }) => ({
    channel,
    ...(token && { bot_token: token }),
    ...(secret && { signing_secret: secret }),
  }),
};
