import type { AnomalyRule, Baseline, Sensitivity } from '@/api/models';
import { formatDate, formatQuantity } from '@/lib/format';

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
};

export const sensitivityHint = (value: Sensitivity | 'off'): string =>
  value === 'off' ? baselineMessages.offHint : `${SENSITIVITY_HINTS[value]} ${baselineMessages.hint}`;

export const sensitivityLabel = (value: Sensitivity | 'off'): string =>
  value === 'off' ? baselineMessages.off : SENSITIVITY_LABELS[value];

/** "Sensitivity high". */
export const describeAnomalies = ({ sensitivity }: AnomalyRule): string =>
  `${baselineMessages.sensitivity} ${SENSITIVITY_LABELS[sensitivity].toLowerCase()}`;

/** "Learning what is usual since 20 Nov 2025 (14 hours so far)". */
export const describeLearning = ({ known_since: since, known_hours: hours }: Baseline): string =>
  since === null
    ? baselineMessages.learning
    : `${baselineMessages.learning} since ${formatDate(since)} (${formatQuantity(hours, 'hour')} so far)`;
