import type { BacktestOutcome, WindowSchedule } from '@/api/models';
import { formatCount, formatDuration, formatMomentRange, formatQuantity } from '@/lib/format';
import { describeSchedule } from './windows';

/** Texts about what other settings would have sent of the past. */

export const PERIODS = [7, 30, 90] as const;

export type Period = (typeof PERIODS)[number];

export const lastDays = (days: number): string => `Last ${days} days`;

export const backtestMessages = {
  title: 'What would this have sent?',
  link: 'Try on past incidents',
  pageTitle: 'Try on past incidents',
  period: 'Period',
  onChange: 'Compares with what was sent, as soon as you change a setting that matters.',
  compare: 'Compare',
  tryOn: (days: number) => `Try on the last ${days} days`,
  changed: 'The settings have changed since.',
  asSent: 'As sent',
  whatWasSent: 'What was sent',
  asItWas: 'As it was set then',
  asItWasHint: 'Goes by what was set at each moment, as far as that is known.',
  knownSince: (moment: string) =>
    `“As it was set then” counts from ${moment} on: what was set before is not known.`,
  theseSettings: 'These settings',
  candidate: (number: number) => `Candidate ${number}`,
  copyOf: (name: string) => `${name} (copy)`,
  add: 'Add candidate',
  copy: 'Copy',
  copyCandidate: (name: string) => `Copy ${name}`,
  removeCandidate: (name: string) => `Remove ${name}`,
  atMost: (max: number) => `At most ${max} are compared at a time.`,
  keep: 'Keep for comparison',
  keepHint: 'Keeps these settings beside those that you try next. Nothing is saved.',
  kept: 'Kept settings',
  nameOfKept: (number: number) => `Name of kept settings ${number}`,
  look: 'Details of',
  windows: 'More maintenance windows',
  windowsHint: 'As if they had been planned, for all monitors that are compared.',
  windowAction: 'Use these times',
  editOfWindow: (window: string) => `Edit ${window}`,
  removeWindow: (window: string) => `Remove ${window}`,
  atMostWindows: (max: number) => `Must be at most ${max}`,
  withThese: 'With these settings',
  change: 'Change',
  comparison: 'Comparison with what was sent',
  metric: 'Metric',
  none: '–',
  noneRead: 'None',
  rows: {
    incidents: 'Incidents',
    announced: 'Announced',
    degradations: 'Times degraded',
    messages: 'Notifications',
    messages_at_night: 'at night (22:00–07:00)',
    seconds_to_detect: 'Time to detect',
    seconds_to_notify: 'Time to notify',
    missed: 'Missed',
    added: 'Added',
  },
  hints: {
    announced: 'Incidents that somebody was notified of',
    seconds_to_detect: 'Median, from the first failed check',
    seconds_to_notify: 'Median, from the first failed check to the first notification',
    missed: 'Incidents that somebody was notified of, and nobody would have been',
    added: 'Incidents that somebody would have been notified of, and nobody was',
  },
  simulating: 'Evaluating the stored results…',
  busy: (seconds: number | null) =>
    seconds === null
      ? 'Another comparison of your organisation is running. Waiting for its end…'
      : `Another comparison of your organisation is running. Trying again every ${formatDuration(seconds)}…`,
  stillBusy: 'Another comparison of your organisation has not ended yet.',
  unavailable: (seconds: number | null) =>
    seconds === null
      ? 'The server is busy, or this takes too long: choose a shorter period or fewer monitors, or try again.'
      : `The server is busy, or this takes too long: choose a shorter period or fewer monitors, or try again in ${formatDuration(seconds)}.`,
  tooMuch: (why: string) => `This period is too long: ${why}. Choose a shorter one.`,
  byPolicy: 'By escalation policy',
  whatToTry: 'What to try',
  without: 'Leave out',
  withoutHint: 'What would have been sent without these. Everything else is as it is set now.',
  otherRule: 'Another rule for when monitors count as down',
  otherRuleHint: 'Instead of the rule of each monitor.',
  pageAbout:
    'The stored results of some monitors are evaluated again, as alerting does it, and compared with what was sent.',
  elsewhere: 'Changes of routes and escalation policies are tried where you edit them.',
  notTried: 'Choose monitors and what to try, then compare.',
  incomplete: 'Enter valid settings to see what they would have sent.',
  since: (moment: string) => `Compared since ${moment}: of the time before, too few results are kept.`,
  notComplete:
    'Not everything could be compared. Choose a shorter period or fewer monitors to compare what was left out.',
  tooManyMonitors: 'There are more monitors than can be compared at a time.',
  seeLeftOut: 'Which monitors, and why, is below.',
  noResults: 'There are no stored results of this time.',
  noIncidents: 'There were no incidents, and there would have been none.',
  notNew: 'Once the monitor has results, changes of its alerting are tried on them here.',
  notOtherKind:
    'Not while a heartbeat becomes another type of monitor, or the other way round: there is nothing to try that on.',
  lane: (name: string, incidents: number) => `${name}: ${formatQuantity(incidents, 'incident')}`,
  marked: (missed: number, added: number) => `${formatCount(missed)} missed, ${formatCount(added)} added`,
  legend: {
    announced: 'Announced',
    silent: 'Not announced',
    degraded: 'Degraded',
    missed: 'Missed',
    added: 'Added',
    night: 'Night',
  },
  changedIncidents: 'Missed and added incidents',
  nothingChanged: 'No incident is missed, and none is added.',
  noneListed: (count: number) =>
    `${formatQuantity(count, 'incident')} changed, not listed: there are too many in this time.`,
  notListed: (count: number) => `${formatQuantity(count, 'more', 'more')} not listed`,
  notified: (change: 'missed' | 'added', after: string) =>
    change === 'missed' ? `was announced after ${after}` : `would be announced after ${after}`,
  lasted: (seconds: number) => `lasted ${formatDuration(seconds)}`,
  ongoing: 'ongoing',
  channels: 'Notifications by channel',
  channel: 'Channel',
  deletedChannel: 'A deleted or personal channel',
  leftOut: 'Left out',
  checks: (results: number, monitors: number) =>
    `${formatQuantity(results, 'check')}${monitors === 1 ? '' : ` of ${formatQuantity(monitors, 'monitor')}`}`,
  ofField: (field: string, message: string) => `${field} ${message}`.trim(),
  ofCandidate: (name: string, text: string) => `${name}: ${text}`,
};

export const backtestErrors = {
  nothingTried: 'Choose what to leave out, another rule or a maintenance window',
  noCandidate: 'Add a candidate',
};

/** "+3", "−14". */
export const signed = (count: number): string =>
  count === 0 ? '0' : `${count > 0 ? '+' : '−'}${formatCount(Math.abs(count))}`;

/** "3 more": a difference to what was sent, in words. */
export const moreOrFewer = (count: number): string =>
  count === 0 ? 'same' : `${formatCount(Math.abs(count))} ${count > 0 ? 'more' : 'fewer'}`;

/** When a window is that is tried, by the clock of a time zone. */
export const describeTriedWindow = (window: WindowSchedule, zone: string): string =>
  window.repeat === 'once' ? formatMomentRange(window.from, window.until, zone) : describeSchedule(window);

/** "2 min later". */
export const signedDuration = (seconds: number): string =>
  seconds === 0 ? 'Same' : `${formatDuration(Math.abs(seconds))} ${seconds > 0 ? 'later' : 'sooner'}`;

type Counts = Pick<BacktestOutcome, 'messages' | 'messages_at_night'>;

/** "−14 notifications, 11 of them at night". */
function describeMessages(sent: Counts, tried: Counts): string {
  const all = tried.messages - sent.messages;
  const night = tried.messages_at_night - sent.messages_at_night;
  if (all === 0) {
    return night === 0 ? 'As many notifications' : `As many notifications, ${signed(night)} at night`;
  }
  const text = `${signed(all)} ${Math.abs(all) === 1 ? 'notification' : 'notifications'}`;
  if (night === 0) return text;
  const isPart = Math.sign(night) === Math.sign(all) && Math.abs(night) <= Math.abs(all);
  if (!isPart) return `${text}, ${signed(night)} at night`;
  if (Math.abs(all) === 1) return `${text}, at night`;
  return `${text}, ${night === all ? 'all' : formatCount(Math.abs(night))} of them at night`;
}

/** "−14 notifications, 11 of them at night; 1 incident missed; detected 2 min later". */
export function describeDelta(sent: BacktestOutcome, tried: BacktestOutcome): string {
  const [before, after] = [sent.seconds_to_detect, tried.seconds_to_detect];
  const isDetectedElsewhen = before !== null && after !== null && before !== after;
  const others = [
    ...(tried.missed > 0 ? [`${formatQuantity(tried.missed, 'incident')} missed`] : []),
    ...(tried.added > 0 ? [`${formatQuantity(tried.added, 'incident')} added`] : []),
    ...(isDetectedElsewhen ? [`detected ${signedDuration(after - before)}`] : []),
  ];
  const isSame = sent.messages === tried.messages && sent.messages_at_night === tried.messages_at_night;
  if (isSame && others.length === 0) {
    return `Nothing changes: ${formatQuantity(sent.messages, 'notification')}, as sent`;
  }
  return [describeMessages(sent, tried), ...others].join('; ');
}
