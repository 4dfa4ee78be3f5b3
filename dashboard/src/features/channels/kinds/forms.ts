import type { ChannelKind } from '@/api/models';
import { discord } from './discord';
import { email } from './email';
import { googleChat } from './google-chat';
import { jsm } from './jsm';
import type { ChannelKindForm } from './kind-form';
import { matrix } from './matrix';
import { mattermost } from './mattermost';
import { ntfy } from './ntfy';
import { pagerduty } from './pagerduty';
import { pushover } from './pushover';
import { slack } from './slack';
import { slackBot } from './slack-bot';
import { teams } from './teams';
import { telegram } from './telegram';
import { twilio } from './twilio';
import { webhook } from './webhook';
import { whatsapp } from './whatsapp';

/** How each kind of channel is shown and edited. */
export const CHANNEL_FORMS: Record<ChannelKind, ChannelKindForm> = {
  slack,
  slack_bot: slackBot,
  teams,
  discord,
  telegram,
  mattermost,
  google_chat: googleChat,
  matrix,
  pagerduty,
  jsm,
  whatsapp,
  twilio,
  ntfy,
  pushover,
  email,
  webhook,
};
