import { channelErrors, channelLabels, destinations, guide } from '../messages';
import { baseProblem, matching } from './described';
import { kindForm } from './kind-fields';

export const ntfy = kindForm({
  setup: {
    text: 'Subscribe to the topic in the ntfy app. Without access control, everybody who knows a topic can read it: choose a name that is hard to guess.',
    links: guide('https://docs.ntfy.sh/'),
  },
  sentTo: 'server_url',
  fields: [
    {
      name: 'topic',
      label: 'Topic',
      placeholder: 'uptime-7Kq2wXb9',
      problem: matching(/^[\w-]{1,64}$/, 'Must be 1 to 64 letters, digits, hyphens and underscores'),
    },
    {
      name: 'server_url',
      label: 'Server URL',
      type: 'url',
      initial: 'https://ntfy.sh',
      problem: baseProblem,
    },
    {
      name: 'access_token',
      label: channelLabels.accessToken,
      secret: true,
      optional: true,
      placeholder: 'tk_…',
      hint: 'Only if the server requires one to publish.',
      problem: matching(/^[!-~]{1,255}$/, channelErrors.accessToken),
    },
    {
      name: 'urgency',
      label: channelLabels.priority,
      hint: 'For incidents and reminders.',
      initial: '4',
      number: true,
      choices: { 1: '1 Min', 2: '2 Low', 3: '3 Default', 4: '4 High', 5: '5 Max' },
    },
  ],
  destination: ({ topic, server_url: url }) => destinations.topic(topic ?? '', url ?? ''),
});
