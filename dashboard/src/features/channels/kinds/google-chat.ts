import { urlProblem } from '@/components/schemas';
import { channelLabels, guide } from '../messages';
import { kindForm } from './kind-fields';

export const googleChat = kindForm({
  setup: {
    text: 'In the menu of the space, go to Apps & integrations > Webhooks > Add webhook and copy the URL.',
    links: guide('https://developers.google.com/workspace/chat/quickstart/webhooks'),
  },
  fields: [
    {
      name: 'webhook_url',
      label: channelLabels.webhookUrl,
      type: 'url',
      secret: true,
      placeholder: 'https://chat.googleapis.com/v1/spaces/…',
      problem: (url) => urlProblem(url, false),
    },
  ],
  destination: ({ webhook_url: url }) => url ?? '',
});
