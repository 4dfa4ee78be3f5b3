import type {
  SlaBudget,
  SlaContent,
  SlaFileFormat,
  SlaIncident,
  SlaResult,
  SlaSchedule,
  SlaSelection,
} from '@/api/models';
import { formatCount, formatDateTimeIn, formatMillis, formatQuantity } from '@/lib/format';
import { formatTimeZone } from '@/lib/time-zone';
import { describeError } from '@/messages/check-errors';
import { tagMessages } from '@/messages/tags';

export const slaMessages = {
  about: 'How available monitors were in a month, a quarter or any period, against a target.',
  newReport: 'New report',
  none: 'No SLA reports yet',
  noneHint: 'A report compares the uptime of monitors in a period with a target, and is kept as it was made.',
  reports: 'Reports',
  schedules: 'Schedules',
  tabs: 'SLA report pages',
  preview: 'Preview',
  noPreview: 'Choose monitors and a period to see what the report would say.',
  keep: 'Save report',
  kept: (name: string) => `${name} saved`,
  delete: 'Delete report',
  deleteHint: 'Files that were downloaded stay. The same report can be made again while the data is kept.',
  download: 'Download',
  downloadFailed: 'Could not download the report',
  byHand: 'Made by hand',
  bySchedule: 'Made by a schedule',
  preliminary: 'Preliminary',
  preliminaryHint: 'The period is not over. The figures may still change.',
  monitorCount: (count: number) => formatQuantity(count, 'monitor'),
  missedCount: (missed: number, count: number) => `${formatCount(missed)} of ${formatCount(count)} missed`,

  nameHint: 'Shown as the title. By default the period.',
  period: 'Period',
  month: 'Month',
  quarter: 'Quarter',
  dates: 'Dates',
  firstDay: 'First day',
  lastDay: 'Last day',
  zoneHint: 'Days begin and end in this zone, also when clocks change.',
  byPage: 'By status page',
  page: 'Status page',
  noPages: 'There are no status pages yet',
  choosePage: 'Choose a status page',
  target: 'Target',
  targetHint: 'The share of the covered time in which a monitor has to be up.',
  excludeMaintenance: 'Exclude maintenance',
  excludeHint: 'Time in maintenance windows counts neither for nor against the target.',
  without: 'Excluding maintenance',

  overall: 'All monitors together',
  achieved: 'Achieved',
  monitor: 'Monitor',
  downtime: 'Downtime',
  budget: 'Error budget',
  coverage: 'Coverage',
  incidents: 'Incidents',
  maintenance: 'Downtime including maintenance',
  responseTimes: 'Response time',
  quantiles: 'p50 · p95 · p99',
  mtta: 'Time to acknowledge',
  mttr: 'Time to recovery',
  mean: (count: number) => `Mean of ${formatQuantity(count, 'incident')}`,
  noIncidents: 'No incidents in this period',
  leftOut: (count: number) => `${formatQuantity(count, 'shorter incident')} not listed`,
  began: 'Began',
  ended: 'Ended',
  duration: 'Duration',
  cause: 'Cause',
  acknowledged: 'Acknowledged',
  withinMaintenance: 'Within maintenance',
  ongoing: 'Ongoing when the report was made',
  notAcknowledged: 'Not acknowledged',
  unmeasured: 'Not measured',
  method: 'Method',
  methodVersion: (version: number) => `Version ${version}`,
  definition: 'What this figure means',
  definitions: 'All definitions',
  noValue: '–',
};

export const scheduleMessages = {
  about: 'Reports made by themselves, on the second day after each month or quarter at 06:00.',
  add: 'Add schedule',
  edit: 'Edit schedule',
  none: 'No schedules yet',
  noneHint: 'A schedule makes a report of each month or quarter, and emails it to members.',
  delete: 'Delete schedule',
  deleteHint: 'Its reports are kept.',
  cadence: 'Reports',
  recipients: 'Recipients',
  recipientsHint:
    'Members with a verified email address. Those who do not see all monitors of the report get no email.',
  noRecipients: 'No recipients',
  recipientCount: (count: number) => formatQuantity(count, 'recipient'),
  loadingMembers: 'Loading members',
  membersFailed: (reason: string) => `Could not load members: ${reason}`,
  isOn: 'Make reports',
  off: 'Off',
  lastReport: 'Last report',
  next: (at: string, zone: string) => `Next on ${formatDateTimeIn(at, zone)}`,
  failed: (reason: string) => `No report of the last period: ${reason}`,
};

export const slaErrors = {
  date: 'Must be a date',
  lastBeforeFirst: 'Must not be before the first day',
  target: 'Must be 50 to 100, with at most four decimals',
  timeZone: 'Must be a time zone',
  tag: tagMessages.choose,
  page: 'Choose a status page',
};

/** Of which monitors a schedule makes reports, in short. */
export function describeSelection(selection: SlaSelection): string {
  if ('tag' in selection) return `${tagMessages.tag} ${selection.tag}`;
  if ('status_page' in selection) return `${slaMessages.page} ${selection.status_page}`;
  return slaMessages.monitorCount(selection.monitors.length);
}

export const CADENCES: Record<SlaSchedule['cadence'], string> = {
  monthly: 'Every month',
  quarterly: 'Every quarter',
};

export const FORMATS: Record<SlaFileFormat, string> = {
  pdf: 'PDF',
  html: 'Web page (HTML)',
  csv: 'Table (CSV)',
  json: 'Data (JSON)',
};

export const verdict = (met: boolean | null): string =>
  met === null ? slaMessages.unmeasured : met ? 'Target met' : 'Target missed';

export const percent = (text: string | null): string => (text === null ? slaMessages.noValue : `${text}%`);

/** "12 min 3 s of 43 min 12 s used". */
export function describeBudget({ allowed_ms: allowed, used_ms: used, left_ms: left }: SlaBudget): string {
  const spent = `${formatMillis(used)} of ${formatMillis(allowed)} used`;
  return left < 0 ? `${spent}, ${formatMillis(-left)} too much` : `${spent}, ${formatMillis(left)} left`;
}

/** "October 2026, Europe/Berlin". */
export const describePeriod = ({ label, time_zone: zone }: SlaContent['period']): string =>
  `${label}, ${formatTimeZone(zone)}`;

export const describeTarget = ({
  target,
  exclude_maintenance: without,
}: Pick<SlaContent, 'target' | 'exclude_maintenance'>): string =>
  `Target ${target}% of the covered time${without ? ' without maintenance' : ''}`;

export const describeLatency = ({ latency }: SlaResult): string =>
  latency === null
    ? slaMessages.noValue
    : [latency.p50_ms, latency.p95_ms, latency.p99_ms].map((ms) => `${Math.round(ms)} ms`).join(' · ');

export const describeCounts = ({
  monitors_met: met,
  monitors_missed: missed,
  monitors_unmeasured: unmeasured,
}: SlaContent['total']): string =>
  [
    `${formatQuantity(met, 'monitor')} met the target`,
    `${formatCount(missed)} missed it`,
    ...(unmeasured > 0 ? [`${formatCount(unmeasured)} not measured`] : []),
  ].join(', ');

const ENDED_BY: Partial<Record<NonNullable<SlaIncident['ended_by']>, string>> = {
  withdrawn: 'withdrawn',
  edited: 'monitor edited',
  paused: 'monitor paused',
  deleted: 'monitor deleted',
};

export function describeEnd({ ended_at: at, ended_by: by }: SlaIncident, zone: string): string {
  if (at === null) return slaMessages.ongoing;
  const reason = by && ENDED_BY[by];
  return reason ? `${formatDateTimeIn(at, zone)} (${reason})` : formatDateTimeIn(at, zone);
}

export const describeCause = ({ cause, within_maintenance: within }: SlaIncident): string => {
  const text = describeError({ error_code: cause, error: null });
  return within ? `${text} (within maintenance)` : text;
};

export function describeAcknowledgement(
  { acknowledged_at: at, acknowledged_by: by }: SlaIncident,
  zone: string,
): string {
  if (at === null) return slaMessages.notAcknowledged;
  return by ? `${formatDateTimeIn(at, zone)} by ${by}` : formatDateTimeIn(at, zone);
}
