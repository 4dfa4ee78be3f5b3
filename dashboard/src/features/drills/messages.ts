import type { Drill, DrillReport, DrillSchedule, DrillState } from '@/api/models';
import {
  formatDateTime,
  formatDuration,
  formatMoment,
  formatMomentRange,
  formatQuantity,
} from '@/lib/format';
import { browserTimeZone, formatTimeZone } from '@/lib/time-zone';
import { shortTime } from '@/messages/alerting';

export const STATE_TITLES: Record<DrillState, string> = {
  running: 'Running',
  acknowledged: 'Acknowledged',
  received: 'Received, not acknowledged',
  unreached: 'Nobody reached',
};

export const drillMessages = {
  about:
    'A rehearsed incident: real notifications, marked as a drill. Uptime, incidents and status pages do not change.',
  schedules: 'Schedules',
  none: 'No drills yet',
  noneHint:
    'A drill is a rehearsed incident: real notifications, marked as a drill. It shows whether they reach somebody, and how soon. Uptime and status pages do not change.',
  noneOfMonitor: 'No drills of this monitor yet.',
  running: 'Running',
  past: 'Past',
  list: (title: string) => `${title} drills`,
  monitor: 'Monitor',
  allMonitors: 'All monitors',
  received: (count: number) => `${count === 0 ? 'None' : count} received`,
  failed: (count: number) => `${count} failed`,
  by: (name: string) => `by ${name}`,

  start: 'Start drill',
  warning: 'People are really notified',
  warningHint:
    'The same routes, escalation policies and quiet hours apply as in a real incident. Each notification is marked as a drill.',
  sentTo: (whom: string) => `Down is sent to: ${whom}.`,
  sentToNobody: 'Nobody would be notified of this monitor: the drill will show that nobody is reached.',
  held: (channel: string | null) =>
    channel === null ? 'Kept back for now:' : `Kept back for ${channel} for now:`,
  ownChannel: 'a personal channel',
  explain: 'Who is notified, and why',
  nameHint: 'By default “Drill of” and the name of the monitor.',
  nameExample: 'Night shift',
  minutes: 'Ends by itself after',
  minutesUnit: 'min',
  minutesHint: 'At most 240 minutes. It can be ended at any time.',
  started: 'Drill started',
  chooseMonitor: 'Choose a monitor',

  pageTitle: (name: string) => `Drill: ${name}`,
  acknowledgeFailed: 'Could not acknowledge the drill',
  end: 'End drill',
  endTitle: 'End this drill now?',
  endHint:
    'No more people are notified by escalations. Those who were notified are also notified of its end.',
  keep: 'Keep it running',
  ended: 'Drill ended',
  copy: 'Copy as Markdown',
  report: 'Report as Markdown',
  facts: 'Results',
  firstReceipt: 'First receipt',
  acknowledgement: 'Acknowledgement',
  receivedTitle: 'Received',
  failedTitle: 'Failed',
  afterStart: 'after the start',
  afterStartBy: (name: string | undefined) => `after the start, by ${name}`,
  offset: (seconds: string) => `+${seconds}`,
  ofDown: 'notifications of Down',
  timeline: 'Timeline',
  nothingYet: 'Nothing is sent yet. Notifications are queued within seconds.',
};

/** What happened, as entries of the timeline. */
export const entryMessages = {
  startedBy: (by: string) => `Started by ${by}`,
  notified: (alert: string, count: number, step: string | null) =>
    `${alert}: ${formatQuantity(count, 'notification')}${step === null ? '' : ` by ${step}`}`,
  nobodyBy: (step: string) => `Nobody notified by ${step}`,
  nobody: 'Nobody notified',
  notSent: (channel: string) => `Not sent to ${channel}`,
  acknowledged: (by: string) => `Acknowledged by ${by}`,
  ended: 'Ended',
  willEnd: 'Ends by itself',
  received: (seconds: string, sinceStart: string) =>
    `Received ${seconds} after it was queued, ${sinceStart} after the start`,
  otherChannel: 'a deleted or personal channel',
  unknownChannel: (id: number) => `channel ${id}`,
};

export const scheduleMessages = {
  title: 'Drill schedules',
  about: 'Each starts a drill once a month by itself.',
  add: 'Add schedule',
  edit: 'Edit schedule',
  none: 'No schedules yet',
  noneHint: 'A schedule starts a drill every month, so that notifications are known to reach somebody.',
  delete: 'Delete schedule',
  deleteHint: 'Drills that it has started are kept.',
  nameHint: 'Also the name of its drills.',
  nameExample: 'Monthly drill of the shop',
  day: 'Day of the month',
  time: 'Time',
  zoneHint: 'The time is by the clocks in this zone, also when they change.',
  isOn: 'Start drills',
  off: 'Off',
  lastDrill: 'Last drill',
  next: 'Next',
  plan: ({ day, time, time_zone: zone }: DrillSchedule) =>
    `Every month on day ${day} at ${shortTime(time)}, ${formatTimeZone(zone)}`,
  lasts: (minutes: number) => `Ends after ${formatDuration(minutes * 60)}`,
};

/** The next date by the viewer's clock, and by those of the schedule's zone where they show another time. */
export function nextDates(
  at: string,
  viewer: string,
  zone: string,
): { own: string; elsewhere: string | null } {
  const [own, there] = [formatMoment(at, viewer), formatMoment(at, zone)];
  return { own, elsewhere: there === own ? null : `${there} in ${formatTimeZone(zone)}` };
}

/** "2.4 s", "1 min 12 s". */
export const formatSeconds = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);

/** Who has started it; `schedules` are the names of those that there are, once they are known. */
export function startedBy(
  { started_by: by, schedule_id: id }: Drill,
  schedules: ReadonlyMap<number, string> | null,
): string {
  if (by !== null) return by;
  if (id === null) return 'an API key or a former member';
  if (schedules === null) return 'a schedule';
  const name = schedules.get(id);
  return name === undefined ? 'a deleted schedule' : `schedule ${name}`;
}

/** What came of it, as the headline of its report. */
export function verdictOf(report: DrillReport): string {
  const { state, acknowledged, received, failed, ends_at, seconds_to_acknowledge: seconds } = report;
  const notifications = formatQuantity(received, 'notification');
  const failures = failed > 0 ? ` ${formatQuantity(failed, 'delivery', 'deliveries')} failed.` : '';
  switch (state) {
    case 'running': {
      const who = acknowledged
        ? `${acknowledged.by} has acknowledged it.`
        : 'Nobody has acknowledged it yet.';
      return `${notifications} received.${failures} ${who} It ends by itself on ${formatDateTime(ends_at)}.`;
    }
    case 'acknowledged':
      return `${acknowledged?.by} acknowledged it after ${formatSeconds(seconds ?? 0)}. ${notifications} received.${failures}`;
    case 'received':
      return `${notifications} received, but nobody acknowledged.${failures}`;
    case 'unreached':
      return `No notification was received.${failures}`;
  }
}

/** "Mon 30 Nov, 09:00 – 09:30". */
export const timeOf = ({ started_at: from, ends_at: until }: Drill): string =>
  formatMomentRange(from, until, browserTimeZone());

/** What there is instead of a time that has not been measured. */
export const notReceived = (state: DrillState): string => (state === 'running' ? 'None yet' : 'None');

/** The report as a text, with times in UTC. */
export const markdownMessages = {
  result: (title: string, text: string) => `- Result: **${title}**. ${text}`,
  monitor: (name: string) => `- Monitor: ${name}`,
  started: (at: string, by: string) => `- Started: ${at} UTC, by ${by}`,
  ended: (at: string, isOver: boolean) => `- ${isOver ? 'Ended' : 'Ends'}: ${at} UTC`,
  afterStart: (seconds: string) => `${seconds} after the start`,
  by: (text: string, name: string | undefined) => (name === undefined ? text : `${text}, by ${name}`),
  firstReceipt: (after: string) => `- First receipt: ${after}`,
  acknowledgement: (after: string) => `- Acknowledgement: ${after}`,
  counts: (received: number, failed: number) =>
    `- Notifications of Down: ${received} received, ${failed} failed`,
  head: '| Time (UTC) | After the start | What |\n| --- | ---: | --- |',
  notification: (alert: string, channel: string) => `${alert} to ${channel}`,
};
