import { urlProblem } from '@/components/schemas';
import { channelLabels, guide } from '../messages';
import { kindForm } from './kind-fields';

export const teams = kindForm({
  setup: {
    text: 'In Teams, open Workflows in the menu of the channel, choose “Send webhook alerts to a channel” and copy the URL.',
    links: guide(
      'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
    ),
  },
  fields: [
    {
      name: 'workflow_url',
      label: channelLabels.workflowUrl,
      type: 'url',
      secret: true,
      placeholder: 'https://….environment.api.powerplatform.com/…',
      problem: (url) => urlProblem(url, false),
    },
  ],
  destination: ({ workflow_url: url }) => url ?? '',
});
