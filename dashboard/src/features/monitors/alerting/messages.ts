import type {
  ExplainedChannel,
  ExplainedDestination,
  ExplainedRoute,
  FlappingRule,
  RouteCondition,
  RouteExplanation,
} from '@/api/models';
import { formatDuration, formatQuantity } from '@/lib/format';
import { alertingMessages, minutes } from '@/messages/alerting';
import { KIND_LABELS } from '@/messages/terms';
import type { DownRule } from './down-rule';
import type { FlappingNumber } from './flapping';

export const monitorAlerting = {
  title: 'Alerting',
  byRoutes: 'By the routes',
  theseChannels: 'These channels',
  aPolicy: 'An escalation policy',
  nobody: 'Nobody',
  routesHint: 'The first matching route decides. Without one, all enabled channels are notified.',
  routesLink: 'See the routes',
  now: (text: string) => `As saved: ${text}.`,
  notifies: (text: string) => `Notifies ${text}`,
  why: 'Why?',
  explain: 'Who is notified, and why',
  alert: 'If it is',
  facts: 'What routes see of this monitor',
  severity: (severity: string) => `Severity ${severity.toLowerCase()}`,
  noTags: 'No tags',
  routes: 'Routes in their order',
  noRoutes: 'There are no routes.',
  ownRecipients: 'This monitor has recipients of its own, so routes are not asked.',
  result: 'Notified',
  everythingElse: 'Everything else',
  defaultTaken: 'Taken: no route matches',
  defaultNotAsked: 'Not asked',
  steps: (policy: string) => `Steps of ${policy}`,
  startsAt: (after: number) => (after === 0 ? 'At once' : `After ${minutes(after)}`),
  skipped: 'Left out now: its conditions do not match',
  notFollowed: 'Not followed: an incident follows at most three policies, each once.',
  noChannels: 'There is no enabled channel: nobody is notified.',
  held: 'Kept back for now',
  heldForAll: 'For everybody',
  heldFor: (channel: string) => `For ${channel}`,
  heldUntil: (time: string) => `Until ${time}`,
  ownChannel: 'a personal channel',
  people: (names: readonly string[]) => names.join(', '),
  settings: 'Change',
};

const UNMET: Record<RouteCondition, string> = {
  tags: 'has none of its tags',
  kinds: 'is of another type',
  severities: 'has another severity',
  alerts: 'is for other alerts',
  error_codes: 'needs another first error',
  hours: 'does not apply at this time',
};

/** Why a route takes the incident, or does not. */
export function describeRoute({ matched, unmet, asked }: ExplainedRoute): string {
  if (matched) return asked ? 'Taken: all conditions match' : 'Matches, but is not asked';
  return unmet ? `No match: ${UNMET[unmet]}` : 'No match';
}

const channelName = ({ name }: ExplainedChannel): string => name ?? alertingMessages.deletedChannel;

/** "policy Night shift", "#operations, Pager", "nobody". */
export function describeDestination({ recipients, channels, policy }: ExplainedDestination): string {
  if (recipients === null) {
    const count = channels.filter(({ enabled }) => enabled).length;
    return count === 0
      ? 'nobody: no channel is enabled'
      : `all ${formatQuantity(count, 'enabled channel')}`.replace('all 1 ', 'the only ');
  }
  switch (recipients.to) {
    case 'channels':
      return channels.map(channelName).join(', ');
    case 'policy':
      return policy?.name == null ? alertingMessages.deletedPolicy : `policy ${policy.name}`;
    case 'nobody':
      return 'nobody';
  }
}

/** "by route Payments". */
export function describeBy({ by, route_name: route }: ExplainedDestination): string {
  switch (by) {
    case 'monitor':
      return 'set here';
    case 'route':
      return `route ${route ?? ''}`;
    case 'default':
      return 'no route matches';
    case 'fallback':
      return 'the policies reach nobody';
  }
}

/** "policy Night shift (route Payments)". */
export const describeDestinations = ({ destinations }: RouteExplanation): string =>
  destinations.map((each) => `${describeDestination(each)} (${describeBy(each)})`).join('; ');

/** What routes go by. */
export const kindText = ({ kind }: RouteExplanation): string[] => (kind ? [KIND_LABELS[kind]] : []);

/** When a monitor counts as down. */
export const ruleMessages = {
  downWhen: 'When it counts as down',
  counts: { in_a_row: 'Failed in a row', of_last: 'Some of the last' },
  failedChecks: {
    in_a_row: 'Failed checks in a row that open an incident.',
    of_last: 'Failed checks that open an incident.',
  },
  ofLast: 'Of the last',
  ofLastHint: 'Checks that are looked at, up to 60.',
  forAtLeast: 'For at least',
  forAtLeastHint: 'From the first of these failed checks to the last. Leave blank for no minimum.',
};

export const ruleErrors = {
  window: (after: number, max: number) => `Must be more than ${after} and at most ${max}`,
};

const failedChecks = ({ after, of }: DownRule): string => {
  const failed = formatQuantity(after, 'failed check');
  if (of !== null) return `${failed} of the last ${of}`;
  return after === 1 ? failed : `${failed} in a row`;
};

/** "Down after 3 of 5"; null where the first failed check is enough. */
export const shortRule = ({ after, of }: DownRule): string | null =>
  after === 1 ? null : `Down after ${after}${of === null ? '' : ` of ${of}`}`;

/** In words, with the seconds from the first failed check to the first notification, at least, where they are known. */
export function describeDownRule(rule: DownRule, earliest: number | null): string {
  const over = rule.lasting > 0 ? ` over at least ${formatDuration(rule.lasting)}` : '';
  const down = `Down after ${failedChecks(rule)}${over}.`;
  if (earliest === null) return down;
  if (earliest === 0) return `${down} The first notification is sent at once.`;
  return `${down} The first notification is sent ${formatDuration(earliest)} after the first of them at the earliest.`;
}

export const dependencyMessages = {
  title: 'Depends on',
  dependants: 'Depended on by',
  hint: 'For example the router in front of it. While one of these monitors is down, nobody is notified that this one is down, too. Notifications wait until these monitors have been checked, up to 5 minutes.',
  count: (count: number) => (count === 0 ? 'No monitors' : formatQuantity(count, 'monitor')),
  more: (count: number) => `and ${formatQuantity(count, 'other')}`,
};

export const flappingMessages = {
  title: 'Flapping',
  turnOn: 'Fewer notifications while it is flapping',
  hint: 'For monitors that go down and up again and again. Every incident is recorded all the same.',
  before: {
    outages: 'After',
    within_minutes: 'incidents within',
    lasting_minutes: 'minutes, notify only of those that last',
  } satisfies Record<FlappingNumber, string>,
  end: 'minutes.',
  labels: {
    outages: 'Incidents',
    within_minutes: 'Minutes in which they start',
    lasting_minutes: 'Minutes that an incident lasts',
  } satisfies Record<FlappingNumber, string>,
  wrong: (name: FlappingNumber, error: string) =>
    `${flappingMessages.labels[name]}: ${error.charAt(0).toLowerCase()}${error.slice(1)}`,
  off: 'Off',
};

/** "After 3 incidents within 30 min, notifies only of incidents that last 5 min". */
export const describeFlapping = ({ outages, within_minutes, lasting_minutes }: FlappingRule): string =>
  `After ${formatQuantity(outages, 'incident')} within ${minutes(within_minutes)}, notifies only of incidents that last ${minutes(lasting_minutes)}`;

/** "3 incidents within 30 min". */
export const flappingSummary = (rule: FlappingRule | null): string =>
  rule === null
    ? flappingMessages.off
    : `${formatQuantity(rule.outages, 'incident')} within ${minutes(rule.within_minutes)}`;

/** Changing the alerting of several monitors. */
export const bulkAlertingMessages = {
  title: (count: number) => `Alerting of ${formatQuantity(count, 'monitor')}`,
  what: {
    down_rule: 'When they count as down',
    depends_on: dependencyMessages.title,
    flapping: flappingMessages.title,
  },
  dependsOnHint:
    'Replaces what the selected monitors depend on. While one of these is down, nobody is notified that those that depend on it are down, too.',
};
