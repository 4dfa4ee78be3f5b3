import type { Suppression, Why, WhyAnswer, WhyRule } from '@/api/models';
import { formatQuantity } from '@/lib/format';
import { alertingMessages } from '@/messages/alerting';
import { describeDownRule } from '../alerting/messages';

export const whyMessages = {
  pageTitle: alertingMessages.why,
  about: 'From the checks to the receipt of the notification, at one instant.',
  at: 'At',
  atHint: (zone: string) => `In ${zone}, not later than now.`,
  explain: 'Explain',
  now: 'Now',
  future: 'Must not be in the future',
  chain: 'What happened, step by step',
  decided: 'Decided here',
  checks: 'Checks',
  checksList: 'Last checks until then',
  noChecks: 'There was no check until then.',
  noChecksOfHeartbeat: 'A heartbeat waits for pings: it has no checks.',
  allChecks: (count: number) => `Show all ${count} checks`,
  onLog: (time: string, revision: number) => `On the log since ${time}, monitor revision ${revision}`,
  revision: (revision: number) => `Monitor revision ${revision}`,
  rule: 'Rule',
  noRule: 'No rule was evaluated.',
  failing: ({ failing, down_after: needed }: WhyRule) =>
    `${formatQuantity(failing, 'failed check')} that counted, ${needed} needed`,
  votesList: 'What each region found',
  saidSince: (time: string) => `since ${time}`,
  heardLast: (time: string) => `last results at ${time}`,
  contradicted: (count: number) => `${formatQuantity(count, 'check')} in a row since found otherwise`,
  unseen: (least: number) => `Too few regions had recent results: nothing is decided by fewer than ${least}.`,
  isDown: 'The monitor counted as down.',
  isNotDown: 'The monitor did not count as down.',
  slow: (ms: number) => `Degraded above ${ms} ms.`,
  currentRule: 'The rule of that time is not stored. This is the current one.',
  incident: 'Incident',
  noIncident: 'There was no incident at that time, and none had started within the hour before.',
  wasDegraded: 'Degraded',
  started: 'Started',
  ended: 'Ended',
  ongoing: 'Ongoing',
  endedAs: (time: string, how: string) => `${time} (${how})`,
  acknowledged: 'Acknowledged',
  acknowledgedBy: (time: string, name: string) => `${time}, by ${name}`,
  log: 'Record on the log',
  copyLog: 'Copy topic, partition and offset',
  openIncident: 'Go to the incident',
  route: 'Route',
  currentRoute: (since: string) =>
    `How alerts were routed is known since ${since}. This is as it would be now.`,
  goesTo: 'Where it goes',
  details: 'Which routes were asked',
  keptBack: 'What kept it back',
  nothingKeptBack: 'Nothing kept anybody from being notified.',
  ofChannel: (channel: string) => `For ${channel}`,
  ofAll: 'For everybody',
  notifications: 'Notifications',
  noNotifications: 'No notification was queued.',
  deletedChannel: 'A deleted channel',
  without: 'Without what kept it back',
  withoutHint: 'What would have been sent of this incident, with one of these left out.',
  withoutUnknown:
    'It could not be worked out what would have been sent without them: there was no time, too much to go through, or its results are no longer shown.',
  wouldSend: (count: number) => (count === 0 ? 'Nothing more' : formatQuantity(count, 'notification')),
};

export const ANSWER_LABELS: Record<WhyAnswer, string> = {
  notified: 'A notification was sent',
  sending: 'A notification is on its way',
  failed: 'The notification could not be delivered',
  held_back: 'The notification is held back',
  suppressed: 'Nobody was notified',
  nobody: 'There was nobody to notify',
  not_down: 'It was not down',
  unconfirmed: 'Checks failed, but it did not count as down yet',
  not_checked: 'It was not checked',
  unknown: 'Nothing is known of that time',
};

/** Where the chain was decided. */
export type ChainStep = 'checks' | 'rule' | 'incident' | 'route' | 'kept_back' | 'notifications';

export const DECIDED_AT: Record<WhyAnswer, ChainStep | null> = {
  notified: 'notifications',
  sending: 'notifications',
  failed: 'notifications',
  held_back: 'kept_back',
  suppressed: 'kept_back',
  nobody: 'route',
  not_down: 'rule',
  unconfirmed: 'rule',
  not_checked: 'checks',
  unknown: null,
};

/** "Without quiet hours". */
export const WITHOUT_LABELS: Record<Suppression, string> = {
  mute: 'Without the mute',
  silence: 'Without silences',
  maintenance: 'Without maintenance windows',
  dependency: 'Without dependencies',
  flapping: 'Without the flapping rule',
  throttle: 'Without the cooldown',
  quiet_hours: 'Without quiet hours',
};

/** The rule in words. */
export const describeRule = ({ down_after, down_of, down_for_seconds, up_after, slow_ms }: WhyRule): string =>
  [
    describeDownRule({ after: down_after, of: down_of, lasting: down_for_seconds }, null),
    `Up after ${formatQuantity(up_after, 'successful check')}.`,
    ...(slow_ms === null ? [] : [whyMessages.slow(slow_ms)]),
  ].join(' ');

/** "monitoring-results, partition 3, offset 17". */
export const describeRecord = ({
  topic,
  partition,
  offset,
}: NonNullable<NonNullable<Why['incident']>['source']>): string =>
  `${topic}, partition ${partition}, offset ${offset}`;
