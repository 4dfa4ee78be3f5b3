import type { Channel } from '@/api/models';
import { webhookMessages } from '@/messages/webhooks';
import { channelErrors, channelLabels, guide } from '../messages';
import { matching } from './described';
import { kindForm } from './kind-fields';
import type { FieldsProps } from './kind-form';

const interactionsUrl = ({ id }: Channel) => `${window.location.origin}/api/slack/interactions/${id}`;

function Interactivity({ channel }: FieldsProps) {
  if (!channel) return null;
  return (
    <p className="text-ink-soft text-sm">
      To enable the Acknowledge button, turn on Interactivity in your Slack app with this request URL:
      <code className="mt-1 block select-all break-all font-mono text-ink text-xs">
        {interactionsUrl(channel)}
      </code>
    </p>
  );
}

export const slackBot = kindForm(
  {
    setup: {
      text: 'Create a Slack app with a bot, install it in your workspace and invite the bot to the channel. The Acknowledge button is set up once the channel is added.',
      links: guide('https://docs.slack.dev/quickstart'),
    },
    fields: [
      {
        name: 'bot_token',
        label: channelLabels.botToken,
        secret: true,
        placeholder: 'xoxb-…',
        hint: 'In your Slack app under OAuth & Permissions. Requires the chat:write scope.',
        problem: matching(/^xoxb-[!-~]{1,250}$/, channelErrors.slackToken),
      },
      {
        name: 'channel',
        label: 'Channel ID',
        placeholder: 'C0123456789',
        hint: 'In the channel details in Slack.',
        problem: matching(/^[A-Z0-9]{2,32}$/, 'Must be a channel ID, such as C0123456789'),
      },
      {
        name: 'signing_secret',
        label: webhookMessages.signingSecret,
        secret: true,
        hint: 'In your Slack app under Basic Information. Verifies that requests come from Slack.',
        problem: matching(/^[!-~]{1,128}$/, channelErrors.signingSecret),
      },
    ],
    destination: ({ channel }) => channel ?? '',
  },
  Interactivity,
);
