import { urlProblem } from '@/components/schemas';
import { webhookMessages } from '@/messages/webhooks';
import { destinations, guide } from '../messages';
import { matching } from './described';
import { kindForm } from './kind-fields';

export const mattermost = kindForm({
  setup: {
    text: 'In Mattermost, go to Integrations > Incoming Webhooks > Add Incoming Webhook, choose a channel and copy the URL.',
    links: guide('https://developers.mattermost.com/integrate/webhooks/incoming/'),
  },
  fields: [
    {
      name: 'webhook_url',
      label: webhookMessages.incomingUrl,
      type: 'url',
      secret: true,
      placeholder: 'https://mattermost.example.org/hooks/…',
      problem: (url) => urlProblem(url, false),
    },
    {
      name: 'channel',
      label: 'Channel',
      optional: true,
      placeholder: 'town-square',
      hint: 'Optional, instead of the channel of the webhook: the name in its URL, or @ and a username.',
      problem: matching(/^[!-~]{1,64}$/, 'Must be the name of a channel, or @ and a username'),
    },
  ],
  destination: ({ webhook_url: url, channel }) => destinations.at(channel, url ?? ''),
});
