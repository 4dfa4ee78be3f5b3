import { urlProblem } from '@/components/schemas';
import { channelLabels, destinations, guide } from '../messages';
import { matching } from './described';
import { kindForm } from './kind-fields';

export const discord = kindForm({
  setup: {
    text: 'In Discord, edit the channel, go to Integrations > Webhooks > New Webhook and copy the webhook URL.',
    links: guide('https://support.discord.com/hc/en-us/articles/228383668'),
  },
  fields: [
    {
      name: 'webhook_url',
      label: channelLabels.webhookUrl,
      type: 'url',
      secret: true,
      placeholder: 'https://discord.com/api/webhooks/…',
      problem: (url) => urlProblem(url, false),
    },
    {
      name: 'thread_id',
      label: 'Thread ID',
      optional: true,
      placeholder: '1105558862305927168',
      hint: 'Optional. In developer mode, “Copy Thread ID” in the menu of the thread.',
      problem: matching(/^\d{1,20}$/, 'Must be a thread ID, which is a number'),
    },
  ],
  destination: ({ webhook_url: url, thread_id: thread }) => destinations.thread(url ?? '', thread),
});
