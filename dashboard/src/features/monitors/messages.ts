import type { MonitorKind, State, Summary } from '@/api/models';
import { formatCount, formatDate, formatDuration, formatLatency, formatQuantity } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';
import { asOfMessages } from '@/messages/as-of';
import { common } from '@/messages/common';
import { KIND_LABELS, STATE_LABELS } from '@/messages/terms';

export const monitorMessages = {
  addMonitor: 'Add monitor',
  addFirstMonitor: 'Add your first monitor',
  allTypes: 'All types',
  filterByState: 'Filter by state',
  checkNow: 'Check now',
  preview: 'Preview',
  recentResults: 'Recent results',
  responseTime: 'Response time',
  lastCheck: 'Last check',
  uptime: 'Uptime',
  uptime24h: 'Uptime 24 h',
  muted: 'Muted',
  mutedUntil: (time: string) => `Muted until ${time}`,
  inverted: 'Result inverted',
  notChecked: 'Not checked',
  checkTitle: (name: string) => `Check: ${name}`,
  unreadable: 'Definition cannot be read',
  firstCheckWithin: (seconds: number) =>
    `No results yet. The first check runs within ${formatDuration(seconds)}.`,
  clone: 'Clone',
  selectMonitors: 'Select',
  stopSelecting: 'Done',
  select: (name: string) => `Select ${name}`,
  httpStatus: (code: number) => `HTTP ${code}`,
};

/** Outcomes of actions, for toasts. */
/** What is lost with a monitor. */
export const deletionHint = (isHeartbeat: boolean): string =>
  isHeartbeat
    ? 'Its addresses stop working and its pings are no longer available. This cannot be undone. To ignore pings temporarily, pause the monitor instead.'
    : 'Checks stop and the results are no longer available. This cannot be undone. To stop checks temporarily, pause the monitor instead.';

/** Actions on several monitors. */
export const bulkMessages = {
  selected: (count: number) => `${formatCount(count)} selected`,
  selectAll: (count: number) => `Select all ${formatCount(count)}`,
  clear: 'Clear selection',
  actions: 'Actions for selected monitors',
  tagsTitle: (count: number) => `Tags of ${formatQuantity(count, 'monitor')}`,
  addTags: 'Add',
  removeTags: 'Remove',
  replaceTags: 'Replace all',
  intervalTitle: (count: number) => `Interval of ${formatQuantity(count, 'monitor')}`,
  deleteTitle: (count: number) => `Delete ${formatQuantity(count, 'monitor')}?`,
  deleteAction: 'Delete monitors',
  deleteHint: 'Checks stop and the results are no longer available. This cannot be undone.',
  maintenance: 'Maintenance',
  maintenanceTitle: (count: number) => `Maintenance of ${formatQuantity(count, 'monitor')}`,
  maintenanceName: 'Maintenance',
  maintenanceHint: 'A maintenance window that begins now. Alerts are held back until it ends.',
  maintenanceAtMost: (max: number) => `A maintenance window has at most ${formatCount(max)} monitors.`,
  maintenanceBegun: (count: number) => `Maintenance of ${formatQuantity(count, 'monitor')} has begun`,
  beginMaintenance: 'Begin maintenance',
  duration: 'Duration',
  whatToDo: 'What to do',
  whatToChange: 'What to change',
  alerting: 'Alerting',
  changed: (count: number) => `${formatQuantity(count, 'monitor')} changed`,
  deleted: (count: number) => `${formatQuantity(count, 'monitor')} deleted`,
  failed: (count: number) => `Could not change ${formatQuantity(count, 'monitor')}`,
};

/** The list of monitors by tag. */
export const groupMessages = {
  groupByTag: 'Group by tag',
  collapseAll: 'Collapse all',
  expandAll: 'Expand all',
  nameOf: (tag: string) => (tag === '' ? 'Untagged' : tag),
  selectGroup: (tag: string) => `Select all in ${groupMessages.nameOf(tag)}`,
  inState: (count: number, state: State) => `${formatCount(count)} ${STATE_LABELS[state].toLowerCase()}`,
};

/** "1 monitor is down": the state that matters most. */
export function overallState({ up, degraded, down, pending, paused, not_known: unknown }: Summary): {
  state: State;
  text: string;
} {
  const are = (count: number) => formatQuantity(count, 'monitor is', 'monitors are');
  if (down > 0) return { state: 'down', text: `${are(down)} down` };
  if (degraded > 0) return { state: 'degraded', text: `${are(degraded)} degraded` };
  if (up > 0 && unknown) return { state: 'up', text: asOfMessages.noneKnownDown(are(up)) };
  if (up > 0 && pending + paused === 0) return { state: 'up', text: 'All monitors are up' };
  if (up > 0) return { state: 'up', text: `${are(up)} up, none down` };
  if (unknown) return { state: 'pending', text: asOfMessages.noneKnown(unknown) };
  if (pending > 0) return { state: 'pending', text: 'Waiting for the first results' };
  return { state: 'paused', text: 'All monitors are paused' };
}

export const checksLastHour = (count: number): string => `${formatQuantity(count, 'check')} in the last hour`;

/** "Up · 34 ms · HTTP 200 · 2 attempts". */
export function describeCheck(up: boolean, ms: number, statusCode: number | null, attempts: number): string {
  return [
    STATE_LABELS[up ? 'up' : 'down'],
    formatLatency(ms),
    statusCode !== null && monitorMessages.httpStatus(statusCode),
    attempts > 1 && formatQuantity(attempts, 'attempt'),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What is known of a monitor at a glance. */
export const bandMessages = {
  checked: 'Checked',
  response: 'Response',
  nextCheck: 'Next check',
  certificate: 'Certificate',
  in: (time: string) => `In ${time}`,
  now: 'Now',
  late: (time: string) => `Late by ${time}`,
  expiresIn: (time: string) => `Expires in ${time}`,
  expired: 'Expired',
};

/** All that is known of a result. */
export const sheetMessages = {
  title: (time: string) => `Result of ${time}`,
  state: 'State',
  due: 'Due',
  checked: 'Checked',
  after: (time: string, delay: string) => `${time}, ${delay} after it was due`,
  statusCode: 'Status code',
  attempts: 'Attempts',
  error: 'Error',
  errorType: 'Type of error',
  original: 'As it was found',
  incident: 'Open the incident',
  older: 'Older',
  newer: 'Newer',
};

/** The last days one by one. */
export const dayMessages = {
  summary: (days: number, bad: number) =>
    `${formatQuantity(days, 'day')}, ${bad === 0 ? 'none' : formatCount(bad)} below 99% uptime. Use the arrow keys to step through the days; the incidents of a day are below.`,
  uptime: (ratio: string) => `${ratio} uptime`,
  more: (count: number) => `and ${formatQuantity(count, 'other')}`,
  daysAgo: (days: number) => `${formatQuantity(days, 'day')} ago`,
  today: 'Today (UTC)',
};

export const uptimeMessages = {
  since: (time: string) => `Since ${time}`,
  sinceLine: (ratio: string, time: string) => `${ratio} uptime since ${time}`,
  noneSince: (time: string) => `Nothing measured since ${time}`,
  downtime: (seconds: number) => (seconds === 0 ? 'No downtime' : `${formatDuration(seconds)} downtime`),

  coverage: (ratio: number) => `${Math.floor(ratio * 100)}% coverage`,
};

export function certificateExpiry(at: string, secondsLeft: number): string {
  return secondsLeft > 0
    ? `Certificate expires on ${formatDate(at)}, in ${formatDuration(secondsLeft)}`
    : `Certificate expired on ${formatDate(at)}`;
}

interface KindMessages {
  label: string;
  shortLabel: string;
  description: string;
  addressLabel: string;
  addressExample: string;
  addressHint?: string;
  defaultName: string;
}

export const KIND_MESSAGES: Record<MonitorKind, KindMessages> = {
  http: {
    label: KIND_LABELS.http,
    shortLabel: 'HTTP',
    description: 'Sends a request and checks the response.',
    addressLabel: 'URL',
    addressExample: 'https://example.org/',
    addressHint: 'Without a scheme, https:// is used.',
    defaultName: 'host of the URL',
  },
  tcp: {
    label: KIND_LABELS.tcp,
    shortLabel: 'TCP',
    description: 'Connects to a port.',
    addressLabel: 'Host and port',
    addressExample: 'db.example.org:5432',
    defaultName: 'host',
  },
  icmp: {
    label: KIND_LABELS.icmp,
    shortLabel: 'Ping',
    description: 'Pings a host and measures packet loss.',
    addressLabel: 'Host',
    addressExample: 'example.org or 192.0.2.1',
    defaultName: 'host',
  },
  dns: {
    label: KIND_LABELS.dns,
    shortLabel: 'DNS',
    description: 'Looks up a name and checks its records.',
    addressLabel: 'Domain name',
    addressExample: 'example.org',
    defaultName: 'domain name',
  },
  tls: {
    label: KIND_LABELS.tls,
    shortLabel: 'TLS',
    description: 'Checks a certificate and when it expires.',
    addressLabel: 'Host',
    addressExample: 'example.org',
    addressHint: 'Uses port 443 unless you add another, such as mail.example.org:465.',
    defaultName: 'host',
  },
  heartbeat: {
    label: KIND_LABELS.heartbeat,
    shortLabel: 'Heartbeat',
    description: 'Waits for the pings of a job, such as a backup, and alerts when one is missing.',
    addressLabel: 'Slug',
    addressExample: 'nightly-backup',
    addressHint: 'Its name in the addresses of pings. Leave blank to make it from the name.',
    defaultName: 'slug',
  },
};

/** In the order in which they are offered. */
export const MONITOR_KINDS = keysOf(KIND_MESSAGES);

/** Texts of the monitor form that are composed, or that several of its fields share. */
export const formMessages = {
  advanced: 'Advanced',
  addressHint: (ofKind?: string) => [ofKind, 'A pasted address is checked once.'].filter(Boolean).join(' '),
  externalKey: 'External key',
  externalKeyHint: 'The name by which programs find and change this monitor in the API. Optional.',
  invert: 'Invert result',
  timeout: 'Timeout',
  retryCount: 'Retries',
  retryDelay: 'Retry delay',
  upAfter: 'Up after',
  upAfterHint: 'Consecutive successful checks that resolve it.',
  slowAbove: 'Degraded above',
  slowAboveHint: 'Leave blank to never mark degraded.',
  downAfter: 'Down after',
  minValidity: 'Minimum certificate validity',
  interval: 'Interval',
  onePerLine: 'One per line.',
  tagsHint: 'Optional. Separate tags with commas.',
  tagsSeparated: 'Separate tags with commas.',
  existingTags: 'Existing tags',
  whatIsSaved: 'Live preview',
  keepSecret: 'Leave unchanged to keep the current value.',
  enterSecretAgain: 'Enter secrets again: saved ones are not sent to another scheme, host or port.',
  authentication: 'Authentication',
  expectedResponse: 'Expected response',
  verifyTls: 'Verify TLS certificate',
  intervalHint: (seconds: number) => (seconds > 0 ? `${common.every(seconds)}.` : '10 s to 1 day.'),
  nameHint: (kind: MonitorKind) => `Optional. Defaults to the ${KIND_MESSAGES[kind].defaultName}.`,
  headers: (count: number) => formatQuantity(count, 'header'),
  retries: (count: string) => (count === '1' ? '1 retry' : `${count} retries`),
  seconds: (ms: number) => `${ms / 1_000} s`,
  status: (expected: string) => `Status ${expected}`,
  packets: (count: string, maxLoss: string) =>
    `${count === '1' ? '1 packet' : `${count} packets`} · Up to ${maxLoss}% loss`,
  nameServer: (expected: string, server: string) => `${expected} · From ${server}`,
};

/** What the form would save, and what a check with it finds. */
export const previewMessages = {
  nothingYet: 'Shows what is checked once there is an address.',
  waits: 'Waits for pings; nothing is sent.',
  timing: (seconds: number, retries: number) =>
    retries > 0
      ? `${common.every(seconds)}, with ${formMessages.retries(String(retries))}`
      : common.every(seconds),
  downInARow: (count: number) =>
    count === 1 ? 'Down after a failed check' : `Down after ${formatCount(count)} failed checks in a row`,
  downOfLast: (count: number, of: number) =>
    `Down after ${formatCount(count)} failed checks among the last ${formatCount(of)}`,
  tagged: (tags: readonly string[]) => `Tags: ${tags.join(', ')}`,
  outdated: 'The settings have changed since this check.',
  oneOff: 'One-off check with these settings. Nothing is saved.',
  secrets: 'A preview cannot use saved secrets. Enter them again to preview, or save to keep them.',
};

/** What is wrong with a field of the monitor form. */
export const monitorErrors = {
  externalKey:
    'Must begin with a letter or a digit, and have only letters without accents, digits and . _ : -',
  maxTags: (max: number) => `Must be at most ${max} tags`,
  scheme: 'Must start with http:// or https://',
  credentials: 'Must not contain credentials',
  retriesTooLong: 'Retries and their delay do not fit within the interval',
  checkTooLong: (seconds: number, intervalSeconds: number) =>
    `With retries, a check can take up to ${seconds} s. This must be less than the interval of ${formatDuration(intervalSeconds)}`,
  slowerThanTimeout: (timeoutMs: number) => `Must be less than the timeout of ${timeoutMs} ms`,
  maxLines: (max: number) => `Must be at most ${max} lines`,
  maxLineBytes: (max: number) => `Must be at most ${max} bytes per line`,
  headerLine: (line: string) => `Must be lines such as "Accept: text/html", not "${line}"`,
  reservedHeader: (name: string) => `Must not contain ${name}`,
  maxHeaderBytes: (max: number) => `Must have values of at most ${max} bytes`,
  maxHeaders: (max: number) => `Must be at most ${max} headers`,
  statusRanges: 'Must be status codes from 100 to 599, such as 200-299, 404',
  username: 'Must be at most 256 bytes without a colon',
  token: 'Must be 1 to 4096 printable ASCII characters',
  jsonPathMissing: 'Required with a JSON value',
  jsonPath: 'Must be a JSONPath query, such as $.status',
  nameServer: 'Must be an IP address with an optional port, such as 192.0.2.53',
  hostOnly: 'Must be a host without a port or path',
  hostAndPort: 'Must be a host, optionally with a port',
  portRange: 'Must have a port between 1 and 65535',
  portMissing: 'Must include a port, such as db.example.org:5432',
  noPort: 'Must not include a port',
  domainName: 'Must be a domain name, not an IP address',
};
