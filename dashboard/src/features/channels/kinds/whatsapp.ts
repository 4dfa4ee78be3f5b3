import { channelErrors, channelHints, channelLabels, channelMessages, guide } from '../messages';
import { apiUrl } from './api-url';
import { CallbackNote } from './callback-note';
import { matching, phoneProblem } from './described';
import { kindForm } from './kind-fields';

const DOCS = 'https://github.com/uptime-monitor/uptime-monitor/blob/main/docs/CHANNELS.md#whatsapp';

export const whatsapp = kindForm(
  {
    setup: {
      text: 'Set up WhatsApp in a Meta app, and create a system user with the permission whatsapp_business_messaging. Notifications are sent as templates, which Meta has to approve first.',
      links: [
        ...guide('https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started'),
        { text: channelMessages.templates, href: DOCS },
      ],
    },
    sentTo: 'api_url',
    fields: [
      {
        name: 'access_token',
        label: channelLabels.accessToken,
        secret: true,
        placeholder: 'EAA…',
        hint: 'The token of the system user: others expire.',
        problem: matching(/^[!-~]{1,1024}$/, channelErrors.accessToken),
      },
      {
        name: 'phone_number_id',
        label: 'Phone number ID',
        placeholder: '106540352242922',
        hint: 'The ID of the number that sends. In the Meta app under WhatsApp > API Setup.',
        problem: matching(/^\d{1,32}$/, 'Must be the ID of a phone number, not the number itself'),
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
        name: 'app_secret',
        label: 'App secret',
        secret: true,
        stays: true,
        optional: true,
        hint: 'Shows which notifications were delivered, read or failed. In the Meta app under App settings > Basic.',
        problem: matching(/^[!-~]{1,128}$/, channelErrors.appSecret),
      },
      {
        name: 'template_prefix',
        label: 'Template prefix',
        initial: 'uptime',
        advanced: true,
        hint: 'What the names of the templates start with, such as uptime_down.',
        problem: matching(/^[a-z0-9_]{1,64}$/, 'Must be 1 to 64 lowercase letters, digits and underscores'),
      },
      {
        name: 'template_language',
        label: 'Template language',
        initial: 'en',
        advanced: true,
        hint: 'The code of the language in which the templates are approved.',
        problem: matching(/^[A-Za-z_]{1,16}$/, 'Must be a language code, such as en or pt_BR'),
      },
      apiUrl('https://graph.facebook.com/v23.0'),
    ],
    destination: ({ to_number: to }) => to ?? '',
  },
  CallbackNote,
);
