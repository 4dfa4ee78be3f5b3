import type { DestinationDeliveryStatus, DestinationKind } from '@/api/models';
import { formatQuantity } from '@/lib/format';
import { webhookMessages } from '@/messages/webhooks';

export const DESTINATION_LABELS: Record<DestinationKind, string> = {
  webhook: 'Webhook',
  slack: 'Slack',
  teams: 'Teams',
};

export const NAME_EXAMPLES: Record<DestinationKind, string> = {
  webhook: 'Status in the customer portal',
  slack: '#announcements',
  teams: 'Support team',
};

export const URL_LABELS: Record<DestinationKind, string> = {
  webhook: 'URL',
  slack: webhookMessages.incomingUrl,
  teams: 'Workflow URL',
};

export const URL_EXAMPLES: Record<DestinationKind, string> = {
  webhook: 'https://example.org/hooks/status',
  slack: 'https://hooks.slack.com/services/…',
  teams: 'https://….logic.azure.com/workflows/…',
};

export const URL_HINTS: Record<DestinationKind, string> = {
  webhook: `${webhookMessages.post} It is signed with a secret that you get once it is added.`,
  slack: webhookMessages.slackUrl,
  teams:
    'In Teams, open Workflows in the menu of the channel, choose “Post to a channel when a webhook request is received” and copy the URL.',
};

export const DELIVERY_LABELS: Record<DestinationDeliveryStatus, string> = {
  waiting: 'Waiting',
  delivered: 'Delivered',
  refused: 'Refused',
  given_up: 'Given up after 24 hours',
  dropped: 'Skipped',
};

export const destinationMessages = {
  title: 'Webhooks, Slack and Teams',
  none: 'Each update of a report can also be posted to a webhook, a Slack channel or a Teams channel.',
  add: 'Add destination',
  edit: 'Edit destination',
  deleteAction: 'Delete destination',
  deleteHint: 'Updates of reports are no longer posted there, and what is waiting is not sent.',
  enabledLabel: (name: string) => `${name} enabled`,
  updateFailed: (name: string) => `Could not update ${name}`,
  testOf: (name: string) => `Send test to ${name}`,
  gone: 'Disabled because it answered three times in a row that it does not exist. Correct it, then enable it.',
  noDelivery: 'Nothing sent yet',
  lastDelivery: 'Last update',
  showDeliveries: 'Show all',
  showDeliveriesOf: (name: string) => `Show all updates posted to ${name}`,
  deliveriesOf: (name: string) => `Updates posted to ${name}`,
  publishedAt: (time: string) => `Published ${time}`,
  attempts: (count: number) => formatQuantity(count, 'attempt'),
  answer: (status: number) => `HTTP\u00a0${status}`,
  nextAttempt: (time: string) => `Next attempt ${time}`,
  kept: 'Kept for 30 days.',
  newSecret: 'The URL is on another server, which does not get the current secret. A new one is generated.',
};
