import { formatCount, formatQuantity } from '@/lib/format';

/** Texts of pages that are shown as they were at an earlier time. */
export const asOfMessages = {
  open: 'View an earlier time',
  past: 'Earlier time',
  pageTitle: (title: string) => `Earlier time: ${title}`,
  notCurrent: 'This is not the current state',
  backToNow: 'Back to now',
  notLive: 'Not live',
  notLiveHint: 'An earlier time is shown, which does not change',
  controls: 'Choose the time',
  range: 'Range',
  time: 'Time',
  exact: 'Exact time',
  exactHint: (zone: string) => `In ${zone}, within the last 400 days.`,
  show: 'Show',
  future: 'Must not be in the future',
  early: 'Must be within the last 400 days',
  previousIncident: 'Previous begin or end of an incident',
  nextIncident: 'Next begin or end of an incident',
  incident: 'Incident',
  foundHint: 'An incident is shown from when it was found, which is shortly after it began.',
  refused: (reason: string) => `The time ${reason}.`,
  noMonitors: 'No monitors at that time',
  noMonitorsHint: 'Choose a later time.',
  unknownMonitor: 'The monitor is not known at that time',
  unknownMonitorHint: 'It was added later, or was deleted before. Choose another time.',
  unknownIncident: 'The incident is not known at that time',
  unknownIncidentHint: 'It was found later. Choose another time.',
  notKnown: 'Not known',
  countNotKnown: (count: number) => `${formatCount(count)} not known`,
  noneKnownDown: (up: string) => `${up} up, none known to be down`,
  noneKnown: (count: number) => `The state of ${formatQuantity(count, 'monitor')} is not known`,
  statusNotKnown:
    'The state at that time is not known. It is for monitors that one region checks, as long as their results are stored.',
  definitionNotKnown: 'Settings not known',
  definitionNotKnownHint: 'The settings of that time are not stored. The name is the current one.',
  partsNotKnown: (parts: string[]) => `Not known at that time: ${parts.join(', ')}.`,
  monitorLeftOut: 'Uptime, results and alerting are shown for the current time only.',
  countsLeftOut: 'Counts are shown for up to 2,000 monitors.',
  incidentLeftOut: 'Checks and notifications are shown for the current time only.',
};

/** How much the slider spans. */
export const RANGE_LABELS = {
  day: '24 h',
  week: '7 d',
  month: '30 d',
  all: '400 d',
};

/** "−1 h". */
export const STEP_LABELS = {
  minute: '1 min',
  hour: '1 h',
  day: '1 d',
};

const STEP_NAMES = {
  minute: '1 minute',
  hour: '1 hour',
  day: '1 day',
};

export type StepName = keyof typeof STEP_NAMES;

export const stepText = (step: StepName, isLater: boolean): string =>
  `${isLater ? '+' : '−'}${STEP_LABELS[step]}`;

export const stepName = (step: StepName, isLater: boolean): string =>
  `${STEP_NAMES[step]} ${isLater ? 'later' : 'earlier'}`;

/** Parts of a monitor that its page would show. */
export const PART_LABELS = {
  tags: 'tags',
  muted: 'mutes',
};
