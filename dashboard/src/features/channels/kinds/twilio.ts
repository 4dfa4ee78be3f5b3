import { channelErrors, channelHints, channelLabels, destinations, guide } from '../messages';
import { apiUrl } from './api-url';
import { isPhoneNumber, matching, phoneProblem } from './described';
import { kindForm } from './kind-fields';

const CALL = 'call';
const MESSAGING_SERVICE = /^MG[0-9a-fA-F]{32}$/;

export const twilio = kindForm({
  setup: {
    text: 'Buy a number in the Twilio console. The account SID and the auth token are on its start page. Twilio charges for each SMS and call.',
    links: guide('https://www.twilio.com/docs/usage/api'),
  },
  sentTo: 'api_url',
  fields: [
    {
      name: 'by',
      label: 'Send as',
      initial: 'sms',
      choices: { sms: 'SMS', [CALL]: 'Call that reads it out' },
    },
    {
      name: 'to_number',
      label: channelLabels.to,
      type: 'tel',
      placeholder: '+49 151 12345678',
      hint: channelHints.to,
      problem: phoneProblem,
    },
    {
      name: 'from_number',
      label: 'From',
      placeholder: '+1 555 0100000',
      hint: 'A number of your Twilio account. For SMS, the SID of a messaging service (MG…) works too.',
      problem: (from, { by }) => {
        if (isPhoneNumber(from) || (by !== CALL && MESSAGING_SERVICE.test(from))) return null;
        return by === CALL ? channelErrors.phoneNumber : channelErrors.smsSender;
      },
    },
    {
      name: 'account_sid',
      label: 'Account SID',
      placeholder: 'AC…',
      problem: matching(/^AC[0-9a-fA-F]{32}$/, 'Must be an account SID, AC and 32 hexadecimal digits'),
    },
    {
      name: 'auth_token',
      label: 'Auth token',
      secret: true,
      problem: matching(/^[!-~]{1,64}$/, 'Must be the auth token of the account'),
    },
    apiUrl('https://api.twilio.com'),
  ],
  destination: ({ by, to_number: to }) => destinations.phone(by === CALL, to ?? ''),
});
