import type { PointState } from '@/api/models';
import { formatCount, formatLatency, formatQuantity } from '@/lib/format';
import { STATE_LABELS } from '@/messages/terms';
import type { Column } from './order';

/** What is down, above the monitors. */
export const stripMessages = {
  ongoing: 'Ongoing incidents',
  all: (count: number) => `All ${formatCount(count)}`,
  allHint: 'Show all ongoing incidents',
  acknowledgeAll: 'Acknowledge all',
  confirm: 'Acknowledge all ongoing incidents?',
  confirmHint: 'Those that nobody has acknowledged yet. Escalation policies notify nobody else of them.',
  acknowledged: (count: number) => `${formatQuantity(count, 'incident')} acknowledged`,
  noneLeft: 'No incident is left to acknowledge',
  failed: (count: number) => `Could not acknowledge ${formatQuantity(count, 'incident')}`,
};

/** Headings of the columns. */
export const COLUMN_LABELS: Record<Column, string> = {
  state: 'State',
  name: 'Monitor',
  type: 'Type',
  checks: 'Last 30 checks',
  response: 'Response time',
  uptime: 'Uptime 24 h',
  certificate: 'Certificate',
};

export const tableMessages = {
  selection: 'Selection',
  compact: 'Compact rows',
  comfortable: 'Comfortable rows',
  maintenance: 'Maintenance',
  inMaintenance: 'In maintenance',
  expires: (time: string) => `Certificate expires ${time}`,
  expired: 'Expired',
  days: (count: string) => `${count} d`,
  monitors: (count: number) => formatQuantity(count, 'monitor'),
  loadingMore: (count: number) => `${formatCount(count)}+ monitors, loading the others`,
  check: (time: string, state: PointState, ms: number | null) =>
    [time, STATE_LABELS[state], ms === null ? '' : formatLatency(ms)]
      .filter((part) => part !== '')
      .join(' · '),
};
