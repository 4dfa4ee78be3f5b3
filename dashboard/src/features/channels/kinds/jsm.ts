import { channelErrors, channelLabels, destinations, guide, KIND_TEXTS } from '../messages';
import { baseProblem, matching } from './described';
import { kindForm } from './kind-fields';

const JSM = 'https://api.atlassian.com/jsm/ops/integration';
const SERVICES: Record<string, string> = {
  [JSM]: KIND_TEXTS.jsm.label,
  'https://api.opsgenie.com': 'Opsgenie (US)',
  'https://api.eu.opsgenie.com': 'Opsgenie (EU)',
};

export const jsm = kindForm({
  setup: {
    text: 'In the operations of your team, go to Integrations > Add integration > API, turn the integration on and copy its API key.',
    links: guide(
      'https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/api-group-integration-events/',
    ),
  },
  sentTo: 'api_url',
  fields: [
    { name: 'api_url', label: 'Service', addresses: SERVICES, initial: JSM, problem: baseProblem },
    {
      name: 'api_key',
      label: channelLabels.apiKey,
      secret: true,
      hint: 'The key of the integration, not of an Atlassian account.',
      problem: matching(/^[!-~]{1,255}$/, channelErrors.apiKey),
    },
    {
      name: 'priority',
      label: channelLabels.priority,
      hint: 'For the alerts about incidents.',
      initial: 'P2',
      choices: { P1: 'P1 Critical', P2: 'P2 High', P3: 'P3 Moderate', P4: 'P4 Low', P5: 'P5 Informational' },
    },
  ],
  destination: ({ api_url: url, priority }) =>
    destinations.priority(priority ?? '', url === JSM ? '' : (SERVICES[url ?? JSM] ?? url ?? '')),
});
