import { guide } from '../messages';
import { baseProblem, matching } from './described';
import { kindForm } from './kind-fields';

const US = 'https://events.pagerduty.com';
const REGIONS: Record<string, string> = {
  [US]: 'United States',
  'https://events.eu.pagerduty.com': 'Europe',
};

export const pagerduty = kindForm({
  setup: {
    text: 'In PagerDuty, open the service, add the integration Events API V2 on its Integrations tab and copy the integration key.',
    links: guide('https://support.pagerduty.com/main/docs/services-and-integrations'),
  },
  sentTo: 'api_url',
  fields: [
    {
      name: 'routing_key',
      label: 'Integration key',
      secret: true,
      problem: matching(/^[A-Za-z0-9]{32}$/, 'Must be an integration key, 32 letters and digits'),
    },
    {
      name: 'api_url',
      label: 'Region',
      addresses: REGIONS,
      initial: US,
      hint: 'Where your PagerDuty account is.',
      problem: baseProblem,
    },
  ],
  destination: ({ api_url: url }) => REGIONS[url ?? US] ?? url ?? '',
});
