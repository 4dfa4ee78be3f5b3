import type { Alert, MonitorKind, PointState, State } from '@/api/models';
import { formatQuantity } from '@/lib/format';

/** The pages, in the navigation, their titles and links to them. */
export const PAGE_TITLES = {
  monitors: 'Monitors',
  incidents: 'Incidents',
  maintenance: 'Maintenance',
  alerting: 'Alerting',
  onCall: 'On call',
  slaReports: 'SLA reports',
  statusPages: 'Status pages',
};

/** The pages about who is notified. */
export const ALERTING_TITLES = {
  routes: 'Routes',
  policies: 'Escalation policies',
  silences: 'Silences',
  drills: 'Drills',
};

export const STATE_LABELS: Record<State | PointState, string> = {
  up: 'Up',
  degraded: 'Degraded',
  down: 'Down',
  pending: 'Pending',
  paused: 'Paused',
  skipped: 'Skipped',
};

/** Types of monitors. */
export const KIND_LABELS: Record<MonitorKind, string> = {
  http: 'HTTP',
  tcp: 'TCP',
  icmp: 'Ping',
  dns: 'DNS',
  tls: 'TLS certificate',
  heartbeat: 'Heartbeat',
};

export const ALERT_LABELS: Record<Alert, string> = {
  down: 'Down',
  up: 'Up',
  reminder: 'Reminder',
  acknowledged: 'Acknowledged',
  degraded: 'Degraded',
  recovered: 'No longer degraded',
  unseen: 'Too few regions',
  seen: 'Regions are back',
};

export const sparklineSummary = (results: number, down: number): string =>
  `Last ${formatQuantity(results, 'result')}, ${down === 0 ? 'none' : down} down`;
