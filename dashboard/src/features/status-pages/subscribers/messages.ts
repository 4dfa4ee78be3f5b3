import type { SubscriberState, UpdateNotices } from '@/api/models';
import { formatCount, formatQuantity } from '@/lib/format';

export const SUBSCRIBER_STATES: Record<SubscriberState, string> = {
  confirmed: 'Confirmed',
  pending: 'Waiting for confirmation',
  unsubscribed: 'Unsubscribed',
};

/** In a word, for a filter. */
const SHORT_STATES: Record<SubscriberState, string> = { ...SUBSCRIBER_STATES, pending: 'Waiting' };

export const subscriberMessages = {
  email: 'Email subscribers',
  none: 'No email subscribers yet',
  noneHint:
    'Visitors choose Subscribe on the page, enter their email address, and confirm it by the link that is sent to them. From then on they are sent each update of a report that you publish with “Subscribers are notified”.',
  noneUnpublished: 'Nobody can subscribe while the page is not published.',
  filter: 'State of subscribers',
  filterBy: (state: SubscriberState, count: number) => `${SHORT_STATES[state]} ${formatCount(count)}`,
  filterAll: (count: number) => `All ${formatCount(count)}`,
  search: 'Search subscribers',
  searchExample: 'Part of the address',
  noMatches: 'No matching subscribers',
  allComponents: 'All components',
  componentsOf: (address: string) => `Components of ${address}`,
  since: (time: string) => `Since ${time}`,
  asked: 'Asked',
  validUntil: (time: string) => `Link valid until ${time}`,
  expired: 'Link expired',
  byRecipient: 'By the recipient',
  byMailServer: 'The mail server does not know the address',
  notDelivered: (reason: string) => `Last email not delivered: ${reason}`,
  remove: (address: string) => `Remove ${address}`,
  confirmRemove: (address: string) => `Remove ${address}?`,
  removeAction: 'Remove subscriber',
  removeHint:
    'No more emails about this page are sent there. The recipient is not notified of that, and can subscribe again.',
  removed: (address: string) => `${address} removed`,
};

export const addMessages = {
  add: 'Add subscribers',
  addresses: 'Email addresses',
  addressesHint:
    'One per line, at most 1,000. Each is sent a link to confirm, and nothing else before. Who has unsubscribed is not asked again.',
  addressesExample: 'ada@example.org\ngrace@example.org',
  components: 'Notified of reports about',
  all: 'All components',
  chosen: 'Chosen components',
  tooMany: (max: number) => `At most ${formatCount(max)} addresses`,
  noComponents: 'Choose at least one component',
  asked: (count: number) => `${formatQuantity(count, 'confirmation email')} on the way`,
  askedSome: (asked: number, unchanged: number) =>
    `${addMessages.asked(asked)}, ${formatQuantity(unchanged, 'address', 'addresses')} left as they are`,
  unchanged: 'All of them have confirmed or unsubscribed already',
  invalid: (address: string) => `${address} is not a valid email address`,
};

/** What becomes of emails, and of messages to destinations. */
export type Outcomes = Pick<UpdateNotices, 'waiting' | 'refused' | 'given_up' | 'dropped'>;

const failedParts =
  (refusedBy: string) =>
  (outcomes: Outcomes): string =>
    [
      outcomes.refused > 0 && `${formatCount(outcomes.refused)} refused${refusedBy}`,
      outcomes.given_up > 0 && `${formatCount(outcomes.given_up)} not accepted for 24 hours`,
    ]
      .filter((part) => part !== false)
      .join(', ');

/** How many emails or messages there are, in words. */
export interface OutcomeMessages {
  label: string;
  done: (count: number) => string;
  waiting: (count: number) => string;
  failed: (count: number) => string;
  why: (outcomes: Outcomes) => string;
  skipped: (count: number) => string;
  skippedWhy: string;
}

const emails: OutcomeMessages = {
  label: 'Emails to subscribers',
  done: (count) => `${formatQuantity(count, 'email')} sent`,
  waiting: (count) => `${formatQuantity(count, 'email')} waiting`,
  failed: (count) => `${formatCount(count)} failed`,
  why: failedParts(' by the mail server'),
  skipped: (count) => `${formatCount(count)} skipped`,
  skippedWhy: 'Unsubscribed meanwhile, or the page was not there for visitors',
};

const destinations: OutcomeMessages = {
  label: 'Notifications to webhooks, Slack and Teams',
  done: (count) => `Posted to ${formatQuantity(count, 'destination')}`,
  waiting: (count) => `Waiting for ${formatQuantity(count, 'destination')}`,
  failed: (count) => `Failed at ${formatQuantity(count, 'destination')}`,
  why: failedParts(''),
  skipped: (count) => `${formatQuantity(count, 'destination')} skipped`,
  skippedWhy: 'Disabled meanwhile, or the page was not there for visitors',
};

export const noticeMessages = {
  latest: 'Last notification',
  nobody: 'Nobody had subscribed',
  emails,
  destinations,
};
