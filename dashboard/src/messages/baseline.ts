import type { Anomaly, AnomalyRule, Baseline, Sensitivity } from '@/api/models';
import { formatDate, formatLatency, formatQuantity, formatShortDateTime } from '@/lib/format';

export const SENSITIVITY_LABELS: Record<Sensitivity, string> = {
  low: 'Low',
  medium: 'Medium',
  high: 'High',
};

const SENSITIVITY_HINTS: Record<Sensitivity, string> = {
  low: 'Only what is far beyond what is usual counts as slower.',
  medium: 'What is clearly beyond what is usual counts as slower.',
  high: 'What is a little beyond what is usual counts as slower already.',
};

export const baselineMessages = {
  title: 'Usual response times',
  sensitivity: 'Sensitivity',
  off: 'Off',
  offHint: 'Response times are not compared with what is usual.',
  hint: 'Usual is the median of the same hour of the last eight weeks, without incidents and maintenance.',
  usual: 'usual (p95)',
  learning: 'Learning what is usual',
  slower: 'Slower than usual',
  notify: 'Notify when it is slower than usual',
  notifyHint:
    'Once when it begins and once when it is over, through channels that are notified of degraded monitors.',
};

export const sensitivityHint = (value: Sensitivity | 'off'): string =>
  value === 'off' ? baselineMessages.offHint : `${SENSITIVITY_HINTS[value]} ${baselineMessages.hint}`;

export const sensitivityLabel = (value: Sensitivity | 'off'): string =>
  value === 'off' ? baselineMessages.off : SENSITIVITY_LABELS[value];

/** "Sensitivity high, notifies". */
export const describeAnomalies = ({ sensitivity, notify }: AnomalyRule): string =>
  `${baselineMessages.sensitivity} ${SENSITIVITY_LABELS[sensitivity].toLowerCase()}${notify ? ', notifies' : ''}`;

export const anomaliesSummary = (rule: AnomalyRule | null): string =>
  rule === null ? baselineMessages.off : describeAnomalies(rule);

/** "Slower than usual since 20 Nov, 12:00: 900 ms, where 120 ms are usual. The monitor is up." */
export const describeAnomaly = ({ since, expected_ms: expected, observed_ms: observed }: Anomaly): string =>
  `${baselineMessages.slower} since ${formatShortDateTime(since)}: ${formatLatency(observed)}, where ${formatLatency(expected)} are usual. The monitor is up.`;

/** "Learning what is usual since 20 Nov 2025 (14 hours so far)". */
export const describeLearning = ({ known_since: since, known_hours: hours }: Baseline): string =>
  since === null
    ? baselineMessages.learning
    : `${baselineMessages.learning} since ${formatDate(since)} (${formatQuantity(hours, 'hour')} so far)`;
