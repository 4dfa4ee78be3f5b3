import type { ChannelKind } from '@/api/models';
import { email } from './email';
import type { ChannelKindForm } from './kind-form';
import { slack } from './slack';
import { slackBot } from './slack-bot';
import { webhook } from './webhook';

/** How each kind of channel is shown and edited. */
export const CHANNEL_FORMS: Record<ChannelKind, ChannelKindForm> = {
  slack,
  slack_bot: slackBot,
  email,
  webhook,
};
