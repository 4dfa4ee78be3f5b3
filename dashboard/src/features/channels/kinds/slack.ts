import { urlProblem } from '@/components/schemas';
import { webhookMessages } from '@/messages/webhooks';
import { guide } from '../messages';
import { kindForm } from './kind-fields';

export const slack = kindForm({
  setup: {
    text: webhookMessages.slackUrl,
    links: guide('https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks'),
  },
  fields: [
    {
      name: 'webhook_url',
      label: webhookMessages.incomingUrl,
      type: 'url',
      secret: true,
      placeholder: 'https://hooks.slack.com/services/…',
      problem: (url) => urlProblem(url, false),
    },
  ],
  destination: ({ webhook_url: url }) => url ?? '',
});
