import type {
  AlertCause,
  EscalationPolicy,
  EscalationStep,
  EscalationTarget,
  Hours,
  MonitorKind,
  Recipients,
  RouteConditions,
  RoutedAlert,
  Severity,
  TargetKind,
  Unreachable,
  Weekday,
} from '@/api/models';
import { formatDuration, formatQuantity } from '@/lib/format';
import { formatTimeZone } from '@/lib/time-zone';
import { errorCodeLabel } from './check-errors';
import { common } from './common';
import { ALERT_LABELS, KIND_LABELS } from './terms';

/** Texts about who is notified of what, wherever that is decided or explained. */

export const SEVERITY_LABELS: Record<Severity, string> = {
  info: 'Info',
  warning: 'Warning',
  critical: 'Critical',
};

export const SEVERITY_HINTS: Record<Severity, string> = {
  info: 'Good to know. Nobody has to act.',
  warning: 'Somebody should look at it during working hours.',
  critical: 'Somebody has to act at once.',
};

export const TARGET_LABELS: Record<TargetKind, string> = {
  channel: 'Channel',
  person: 'Person',
  schedule: 'On-call schedule',
  team: 'Team',
};

export const TARGET_GROUPS: Record<TargetKind, string> = {
  schedule: 'On-call schedules',
  team: 'Teams',
  person: 'People',
  channel: 'Channels',
};

/** Why a target reaches nobody. */
export const UNREACHABLE_LABELS: Record<Unreachable, string> = {
  gone: 'Deleted',
  nobody_on_call: 'Nobody on call',
  no_channel: 'No enabled channel',
};

export const describeUnreachable = (kind: TargetKind, reason: Unreachable): string =>
  kind === 'channel' && reason === 'no_channel' ? common.disabled : UNREACHABLE_LABELS[reason];

export const alertingMessages = {
  severity: 'Severity',
  whoIsNotified: 'Who is notified',
  searchChannels: 'Search channels',
  channelsLabel: 'Channels to notify',
  policyLabel: 'Escalation policy',
  choosePolicy: 'Choose a policy',
  noPolicies: 'There are no escalation policies yet.',
  noChannels: 'There are no channels yet.',
  addPolicy: 'Add an escalation policy',
  addChannel: 'Add a channel',
  nobodyWarning: 'No notification is sent, to anybody. The incident is recorded all the same.',
  nobody: 'Nobody',
  allChannels: 'All enabled channels',
  deletedChannel: 'a deleted channel',
  deletedPolicy: 'a deleted policy',
  deletedTarget: (kind: TargetKind) => `deleted ${TARGET_LABELS[kind].toLowerCase()}`,
  unreadable: 'Cannot be read',
  policy: (name: string) => `Policy ${name}`,
  policyWithId: (id: number) => `Policy ${id}`,
  anyDay: 'Every day',
  outside: (hours: string) => `Outside ${hours}`,
  disabled: (name: string) => `${name} (disabled)`,
  silence: 'Silence…',
  drill: 'Start a drill',
  why: 'Why was I (not) notified?',
};

/** What there is to know about somebody who can be notified. */
export const targetNotes = {
  now: (name: string) => `Now ${name}`,
  members: (count: number) => formatQuantity(count, 'member'),
  id: (id: number) => `#${id}`,
};

export const alertingErrors = {
  atLeastOneChannel: 'Choose at least one channel',
  atMostChannels: (max: number) => `Choose at most ${max} channels`,
  choosePolicy: 'Choose an escalation policy',
  atMost: (max: number) => `Choose at most ${max}`,
};

export const hoursMessages = {
  always: 'Always',
  within: 'Within hours',
  outside: 'Outside hours',
  days: 'Days',
  noDays: 'Every day.',
  from: 'From',
  until: 'Until',
  nextDay: 'On the next day.',
};

/** Which incidents something is about. */
export const conditionMessages = {
  legend: 'Which incidents',
  everyIncident: 'Every incident',
  tags: 'Monitors with one of these tags',
  types: 'Types of monitors',
  severities: 'Severity of the monitor',
  alerts: 'Alert',
  errorCodes: 'First error',
  errorCodesHint: 'Only incidents that are down have one.',
  anyError: 'Any error',
  errors: (count: number) => formatQuantity(count, 'error'),
  time: 'When it starts',
  noTags: 'There are no tags yet. Add tags to monitors first.',
  deletedTag: 'deleted tag',
};

const WEEK: readonly Weekday[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** "Mon–Fri", "Sat, Sun". */
export function describeDays(days: readonly Weekday[]): string {
  if (days.length === 0 || days.length === WEEK.length) return alertingMessages.anyDay;
  const runs: Weekday[][] = [];
  for (const [at, day] of WEEK.entries()) {
    if (!days.includes(day)) continue;
    const run = runs.at(-1);
    if (run && run.at(-1) === WEEK[at - 1]) run.push(day);
    else runs.push([day]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}–${run.at(-1)}` : run.join(', '))).join(', ');
}

export const shortTime = (time: string): string => time.slice(0, 5);

/** "Mon–Fri 08:00–18:00, Europe/Berlin". */
export function describeHours({ days = [], from, until, time_zone: zone }: Hours): string {
  const times = from === until ? `from ${shortTime(from)}` : `${shortTime(from)}–${shortTime(until)}`;
  return `${describeDays(days)} ${times}, ${formatTimeZone(zone)}`;
}

/** "a, b or c". */
export const alternatives = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

const MAX_NAMED = 3;

/** As `alternatives`; of a long list the first ones. */
const someOf = (names: readonly string[]): string =>
  names.length <= MAX_NAMED + 1
    ? alternatives(names)
    : `${names.slice(0, MAX_NAMED).join(', ')} or ${names.length - MAX_NAMED} others`;

const lower = (labels: readonly string[]) => labels.map((label) => label.toLowerCase());

const kindLabel = (kind: string): string => KIND_LABELS[kind as MonitorKind] ?? kind;

const whenHours = (hours: Hours | null | undefined, outside: boolean | undefined): string[] => {
  if (!hours) return [];
  const text = describeHours(hours);
  return [outside ? alertingMessages.outside(text) : text];
};

const severityText = (severities: readonly Severity[]): string =>
  `${alertingMessages.severity} ${someOf(lower(severities.map((each) => SEVERITY_LABELS[each])))}`;

/** Each condition in words; none where every incident meets them. */
export function describeConditions(conditions: RouteConditions, tagName: (id: number) => string): string[] {
  const { tags = [], kinds = [], severities = [], alerts = [], error_codes: codes = [] } = conditions;
  return [
    ...(tags.length > 0 ? [`Tag ${someOf(tags.map(tagName))}`] : []),
    ...(kinds.length > 0 ? [`Type ${someOf(kinds.map(kindLabel))}`] : []),
    ...(severities.length > 0 ? [severityText(severities)] : []),
    ...(alerts.length > 0 ? [alternatives(alerts.map((alert: RoutedAlert) => ALERT_LABELS[alert]))] : []),
    ...(codes.length > 0 ? [`Error: ${someOf(codes.map(errorCodeLabel))}`] : []),
    ...whenHours(conditions.hours, conditions.outside_hours),
  ];
}

type StepConditions = NonNullable<EscalationStep['conditions']>;

/** Each condition of a step of an escalation policy in words; none where it is always done. */
export function describeStepConditions({ severities = [], hours, outside_hours }: StepConditions): string[] {
  return [...(severities.length > 0 ? [severityText(severities)] : []), ...whenHours(hours, outside_hours)];
}

/** What things are called whose ids recipients have; undefined once they are gone. */
export interface RecipientNames {
  channel: (id: number) => string | undefined;
  policy: (id: number) => string | undefined;
}

/** "#operations, Pager", "Policy Night shift", "Nobody". Null stands for all enabled channels. */
export function describeRecipients(recipients: Recipients | null, names: RecipientNames): string {
  if (recipients === null) return alertingMessages.allChannels;
  switch (recipients.to) {
    case 'channels':
      return recipients.channels.map((id) => names.channel(id) ?? alertingMessages.deletedChannel).join(', ');
    case 'policy': {
      const name = names.policy(recipients.policy_id);
      return name === undefined ? alertingMessages.deletedPolicy : alertingMessages.policy(name);
    }
    case 'nobody':
      return alertingMessages.nobody;
  }
}

export const minutes = (count: number): string => formatDuration(count * 60);

/** "Ada", "team SRE", "on call in Primary". */
export const targetInWords = (kind: TargetKind, name: string): string => {
  switch (kind) {
    case 'schedule':
      return `on call in ${name}`;
    case 'team':
      return `team ${name}`;
    case 'person':
    case 'channel':
      return name;
  }
};

/** "at once", "after 5 min". */
export const stepTime = (wait: number): string => (wait === 0 ? 'at once' : `after ${minutes(wait)}`);

type Plan = Pick<EscalationPolicy, 'steps' | 'repeats' | 'repeat_after_minutes' | 'acknowledgement_minutes'>;

/** "Ada at once; after 5 min team SRE; again 3 times, each 30 min after the last step". */
export function describePlan(plan: Plan, nameOf: (target: EscalationTarget) => string): string {
  const steps = plan.steps.map(({ targets, wait_minutes: wait = 0, conditions }, at) => {
    const who = targets.map((target) => targetInWords(target.kind, nameOf(target))).join(', ');
    const when = stepTime(wait);
    const onlyIf = describeStepConditions(conditions ?? {}).length > 0 ? ' (with conditions)' : '';
    return at === 0 && wait === 0 ? `${who} ${when}${onlyIf}` : `${when} ${who}${onlyIf}`;
  });
  const again = `again ${plan.repeats === 1 ? 'once' : `${plan.repeats} times`}`;
  const after = `${plan.repeats === 1 ? '' : 'each '}${minutes(plan.repeat_after_minutes)} after the last step`;
  return [...steps, ...(plan.repeats > 0 ? [`${again}, ${after}`] : [])].join('; ');
}

/** "2 routes, 1 monitor". */
export function describeUse({ routes, monitors }: EscalationPolicy['used_by']): string | null {
  const parts = [
    ...(routes > 0 ? [formatQuantity(routes, 'route')] : []),
    ...(monitors > 0 ? [formatQuantity(monitors, 'monitor')] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : null;
}

const routedBy = ({ by, route_name: route }: AlertCause): string => {
  switch (by) {
    case 'monitor':
      return 'Set at the monitor';
    case 'route':
      return route == null ? 'A deleted route' : `Route ${route}`;
    case 'default':
      return 'No route matched';
  }
};

/** "step 2 of Night shift, round 2". */
export function escalationStep({
  step,
  round,
  policy_name: policy,
}: NonNullable<AlertCause['step']>): string {
  const name = policy ?? alertingMessages.deletedPolicy;
  return `step ${step} of ${name}${round > 1 ? `, round ${round}` : ''}`;
}

/** "Route Payments · step 2 of Night shift · on call in Primary". */
export function describeCauseOf(cause: AlertCause): string {
  const { step } = cause;
  const target = step?.target;
  const names = [routedBy(cause)];
  if (step) names.push(escalationStep(step));
  if (target) {
    const name = target.name ?? `${TARGET_LABELS[target.kind].toLowerCase()} ${target.id}`;
    names.push(
      target.kind === 'channel' ? TARGET_LABELS.channel.toLowerCase() : targetInWords(target.kind, name),
    );
  }
  return names.join(' · ');
}
