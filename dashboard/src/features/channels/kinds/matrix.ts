import { channelErrors, channelLabels, destinations } from '../messages';
import { baseProblem, matching } from './described';
import { kindForm } from './kind-fields';

export const matrix = kindForm({
  setup: {
    text: 'Log in to Element with an account for notifications, join a room that is not encrypted, and copy the access token under Settings > Help & About. Do not log out afterwards: that revokes the token.',
  },
  sentTo: 'homeserver_url',
  fields: [
    {
      name: 'homeserver_url',
      label: 'Homeserver URL',
      type: 'url',
      placeholder: 'https://matrix.example.org',
      problem: baseProblem,
    },
    {
      name: 'access_token',
      label: channelLabels.accessToken,
      secret: true,
      problem: matching(/^[!-~]{1,1024}$/, channelErrors.accessToken),
    },
    {
      name: 'room_id',
      label: 'Room ID',
      placeholder: '!abc:example.org',
      hint: 'In the room settings under Advanced.',
      problem: matching(
        /^![!-~]{1,254}$/,
        'Must be a room ID, such as !abc:example.org, not the name of the room',
      ),
    },
  ],
  destination: ({ room_id: room, homeserver_url: url }) => destinations.at(room, url ?? ''),
});
