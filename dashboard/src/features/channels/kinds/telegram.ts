import { channelErrors, channelLabels, destinations, guide } from '../messages';
import { apiUrl } from './api-url';
import { matching } from './described';
import { kindForm } from './kind-fields';

export const telegram = kindForm({
  setup: {
    text: 'Send /newbot to @BotFather, copy the token that it returns, and add the bot to the chat. Write /start there, then open https://api.telegram.org/bot<token>/getUpdates in a browser: the chat ID is the id under “chat”.',
    links: guide('https://core.telegram.org/bots/features#botfather'),
  },
  sentTo: 'api_url',
  fields: [
    {
      name: 'bot_token',
      label: channelLabels.botToken,
      secret: true,
      placeholder: '110201543:AAHdqTcvCH1v…',
      problem: matching(/^\d{1,20}:[\w-]{20,100}$/, channelErrors.telegramToken),
    },
    {
      name: 'chat_id',
      label: 'Chat ID',
      placeholder: '-1001234567890',
      hint: 'A number, negative for groups, or the @name of a public channel or group.',
      problem: matching(/^(@[!-~]{1,64}|-?\d{1,20})$/, channelErrors.telegramChat),
    },
    {
      name: 'thread_id',
      label: 'Topic ID',
      optional: true,
      hint: 'Optional. For one topic of a group with topics: the last number in the link of the topic.',
      problem: matching(/^\d{1,20}$/, 'Must be a topic ID, which is a number'),
    },
    apiUrl('https://api.telegram.org'),
  ],
  destination: ({ chat_id: chat, thread_id: topic }) => destinations.chat(chat ?? '', topic),
});
