import { destinations, guide } from '../messages';
import { apiUrl } from './api-url';
import { matching } from './described';
import { kindForm } from './kind-fields';

const KEY = /^[A-Za-z0-9]{30}$/;

export const pushover = kindForm({
  setup: {
    text: 'Create an application at pushover.net and copy its API token. Your user key is on the start page there, and the key of a group on the page of the group.',
    links: guide('https://pushover.net/api'),
  },
  sentTo: 'api_url',
  fields: [
    {
      name: 'app_token',
      label: 'API token',
      secret: true,
      hint: 'On the page of the application. It is not your user key.',
      problem: matching(KEY, 'Must be an API token, 30 letters and digits'),
    },
    {
      name: 'user_key',
      label: 'User or group key',
      secret: true,
      problem: matching(KEY, 'Must be the key of a user or group, 30 letters and digits'),
    },
    apiUrl('https://api.pushover.net'),
  ],
  flag: {
    name: 'emergency',
    label: 'Emergency priority',
    hint: 'Notifications of incidents ring every minute, also in quiet hours, until somebody confirms them in the app, the incident is over, or an hour has passed.',
  },
  destination: ({ emergency }) => (emergency ? destinations.emergency : ''),
});
