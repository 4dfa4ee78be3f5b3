import type {
  ExplainedChannel,
  ExplainedDestination,
  ExplainedRoute,
  RouteCondition,
  RouteExplanation,
} from '@/api/models';
import { formatQuantity } from '@/lib/format';
import { alertingMessages, minutes } from '@/messages/alerting';
import { KIND_LABELS } from '@/messages/terms';

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
