import type { HeartbeatState } from '@/api/heartbeats';
import type { Monitor, PingKind } from '@/api/models';
import { formatCount, formatDateTime, formatDuration, formatLatency, formatQuantity } from '@/lib/format';
import type { Language } from './snippets';

export const HEARTBEAT_LABELS: Record<HeartbeatState, string> = {
  new: 'New',
  up: 'Up',
  late: 'Late',
  down: 'Down',
  paused: 'Paused',
};

export const PING_LABELS: Record<PingKind, string> = {
  success: 'Success',
  fail: 'Failure',
  start: 'Start',
  log: 'Log',
  ignored: 'Ignored',
};

/** What is wrong with a field of a heartbeat in the form. */
export const heartbeatErrors = {
  duration: (low: number, high: number) =>
    `Must be between ${formatDuration(low)} and ${formatDuration(high)}`,
  cronFields: 'Must be five fields, such as 0 3 * * *',
  looksLikeCron: 'Is read as cron: select Cron, or write the date and the time as OnCalendar has them',
  noWords: 'Needs at least one word to look for',
  slug: 'Must be 1 to 64 lower-case letters, digits, - and _, such as nightly-backup',
};

/** Texts of the form. */
export const heartbeatForm = {
  schedule: 'Schedule',
  scheduleTypes: { period: 'Simple', cron: 'Cron', on_calendar: 'OnCalendar' },
  period: 'Period',
  periodHint: 'How often the job runs, counted from its last ping.',
  cron: 'Cron expression',
  cronExample: '0 3 * * *',
  cronHint: 'Minute, hour, day of the month, month and day of the week.',
  onCalendar: 'OnCalendar expressions',
  onCalendarExample: 'Mon..Fri 03:00',
  onCalendarHint: 'As in systemd timers. One per line, any of them may match.',
  grace: 'Grace time',
  graceHint: 'How long after it was due a ping may arrive before an incident opens.',
  unitOf: (label: string) => `${label}: unit`,
  units: { s: 'seconds', min: 'minutes', h: 'hours', d: 'days' },
  nextDates: 'Next dates',
  noDates: 'No further dates',
  inZone: (zone: string) => `Times in ${zone.replaceAll('_', ' ')}.`,
  noPreview: 'Enter a schedule to see its next dates.',
  runs: 'Runs',
  early: 'Early pings',
  earlyHint: 'How long before it was due a ping counts already. Ten seconds count in any case.',
  startGrace: 'Start grace',
  startGraceHint:
    'How long after it was due the job must have sent its start. Leave blank to not wait for starts.',
  longestRun: 'Longest run',
  longestRunHint: 'Alerts when a run takes longer. Leave blank for the grace time, 0 for no limit.',
  shortestRun: 'Shortest run',
  shortestRunHint: 'A shorter run counts as failed. Leave blank to not check.',
  leastPause: 'Shortest pause',
  leastPauseHint: 'A success sooner after the one before counts as failed. Leave blank to not check.',
  filters: 'Which pings count',
  postOnly: 'Only POST requests count',
  postOnlyHint: 'Others are kept in the list and ignored. Keeps link previews from counting as pings.',
  failWords: 'Failure if the body contains',
  successWords: 'Success if the body contains',
  startWords: 'Start if the body contains',
  wordsHint: 'One word per line. Upper and lower case differ.',
  otherwiseFail: 'Failure if the body contains none of them',
  otherwiseFailHint: 'Otherwise such a ping is ignored.',
  alerting: 'Alerting',
  missesHint: 'Missed or failed pings in a row that open an incident.',
  mustNotPing: 'Must not ping',
  mustNotPingHint: 'Down when a ping arrives. For jobs that must not run.',
  allCount: 'All requests',
  postOnlyShort: 'POST only',
  byBody: 'By body',
  limited: (count: number) => (count === 0 ? 'No limits' : formatQuantity(count, 'limit')),
  missesShort: (count: string) => (count === '1' ? '1 miss' : `${count} misses`),
};

/** Texts of the page of a heartbeat. */
export const heartbeatMessages = {
  started: 'Started',
  running: 'Running',
  lastPing: 'Last ping',
  noPingYet: 'No pings yet',
  due: 'Due',
  dueIn: (seconds: number) => `in ${formatDuration(seconds)}`,
  lateBy: (seconds: number) => `${formatDuration(seconds)} late`,
  dueAt: (at: string) => `Due ${formatDateTime(at)}`,
  overdueIn: (seconds: number) => `overdue in ${formatDuration(seconds)}`,
  overdueAt: (at: string) => `Overdue from ${formatDateTime(at)}`,
  overdueNow: 'overdue',
  mustNotPing: 'Must not ping',
  schedule: 'Schedule',
  nextDates: 'Next dates',
  noDates: 'None is known yet',
  pausedDates: 'None while paused',
  runsUnderWay: 'Running now',
  tooLong: 'too long',
  pings: 'Pings',
  allTypes: 'All types',
  noMatchingPings: 'No pings of this type',
  firstPing: 'No ping yet: copy this line into your crontab, and adapt its times and its command.',
  firstPingWithoutAddress: 'No pings yet. They appear here once the job sends its first one.',
  runDurations: 'Run durations',
  columns: {
    number: '#',
    time: 'Time',
    type: 'Type',
    duration: 'Duration',
    exitStatus: 'Exit status',
    source: 'Source',
    agent: 'Agent',
    text: 'Text',
  },
  run: 'Run',
  body: 'Body',
  noBody: 'No body',
  bodyCut: (shown: number, bytes: number) =>
    `The first ${formatQuantity(shown, 'byte')} of ${formatCount(bytes)}.`,
  bodyBinary: 'The body is not text.',
  download: 'Download',
  hidden: 'Shown to those who can change the monitor.',
  requestLabel: 'Request',
  showPing: (n: number) => `Show ping ${formatCount(n)}`,
  pingTitle: (n: number) => `Ping ${formatCount(n)}`,
  request: (scheme: string, method: string) => [scheme.toUpperCase(), method].filter(Boolean).join(' '),
};

export const durationText = (ms: number): string =>
  ms < 10_000 ? formatLatency(ms) : formatDuration(ms / 1_000);

/** Texts of the section "How to ping". */
export const howToPing = {
  title: 'How to ping',
  about:
    'Request the address when the job has succeeded, by GET, HEAD or POST. What is added to it says more:',
  endings: [
    ['/start', 'The job has started. Its duration is then measured.'],
    ['/fail', 'The job has failed.'],
    ['/1', 'Its exit status, 0 to 255. 0 is a success, anything else a failure.'],
    ['/log', 'Adds to the list alone, and gives a run more time.'],
    ['?rid=…', 'A UUID that names the run, so that several may run at a time.'],
  ] as const,
  address: 'Address',
  byUuid: 'By UUID',
  bySlug: 'By slug',
  form: 'Example',
  simple: 'Success only',
  full: 'Start and exit status',
  language: 'Language',
  kumaAddress: 'For scripts made for Uptime Kuma',
  rotate: 'Replace addresses',
  rotateTitle: (name: string) => `Replace the addresses of ${name}?`,
  rotateHint:
    'The UUID and the token of its current addresses stop working at once. Addresses by slug stay as they are. Jobs that still use the old ones get the answer 404.',
  rotated: 'Addresses replaced',
  rotateKey: 'Replace ping key',
  rotateKeyTitle: 'Replace the ping key of the organisation?',
  rotateKeyHint:
    'It is in the addresses by slug of all heartbeats. They stop working at once, until each job has the new one. Addresses by UUID stay as they are.',
  keyRotated: 'Ping key replaced',
  notAllowed: 'Editors, admins and owners see the addresses: whoever has one can ping.',
};

export const badgeMessages = {
  title: 'Badges',
  about: 'Show the state, such as in a README. Anybody who has the address of a badge sees it.',
  badgeOf: (name: string) => `Badge of ${name}`,
  formats: { markdown: 'Markdown', html: 'HTML', shields: 'Shields.io', json: 'JSON' },
  format: 'Format',
};

/** "Success, 12 s, 20 Nov 2025, 12:00:00": a run in the chart. */
export const describeRun = (kind: PingKind, ms: number, at: string): string =>
  [PING_LABELS[kind], durationText(ms), formatDateTime(at)].join(', ');

export const runChartSummary = (runs: number, range: [number, number], failed: number): string =>
  `Duration of the last ${formatQuantity(runs, 'run')}: ${range.map(durationText).join(' to ')}, ${failed} failed. ` +
  'Use the arrow keys to step through the runs.';

/** "in 3 h" or "5 min late": when the next ping is due. */
export function dueText(
  { status, upside_down }: Pick<Monitor, 'status' | 'upside_down'>,
  state: HeartbeatState,
  now: number,
): string {
  const { due_at: due } = status;
  if (!due || upside_down || state === 'paused' || state === 'new') return '–';
  const seconds = (Date.parse(due) - now) / 1_000;
  return seconds > 0 ? heartbeatMessages.dueIn(seconds) : heartbeatMessages.lateBy(-seconds);
}

export const LANGUAGE_LABELS: Record<Language, string> = {
  crontab: 'Crontab',
  curl: 'curl',
  wget: 'wget',
  powershell: 'PowerShell',
  python: 'Python',
  node: 'Node.js',
  go: 'Go',
  ruby: 'Ruby',
  php: 'PHP',
  systemd: 'systemd',
  github: 'GitHub Actions',
  kubernetes: 'Kubernetes',
  docker: 'Docker',
};

const LARGEST_UNITS = [86_400, 3_600, 60];

/** The same in the largest unit alone, for a narrow column. */
export function dueRoughly(...[monitor, state, now]: Parameters<typeof dueText>): string {
  const due = Date.parse(monitor.status.due_at ?? '');
  const left = Math.abs(due - now) / 1_000;
  const unit = LARGEST_UNITS.find((seconds) => left >= seconds) ?? 1;
  const rounded = Math.floor(left / unit) * unit * 1_000;
  return dueText(monitor, state, due > now ? due - rounded : due + rounded);
}

/** How long there is left until it is overdue. */
export function overdueText(overdue: string, now: number): string {
  const seconds = (Date.parse(overdue) - now) / 1_000;
  return seconds > 0 ? heartbeatMessages.overdueIn(seconds) : heartbeatMessages.overdueNow;
}
