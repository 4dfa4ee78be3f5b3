import { formatCount, formatDuration, formatLatency, formatQuantity, formatRatio } from '@/lib/format';
import { common } from './common';

/** Texts of charts of response times. */
export const chartMessages = {
  axis: 'Uptime',
  marks: { incident: 'Incident', maintenance: 'Maintenance' },
  marked: (kind: 'incident' | 'maintenance', label: string) => `${chartMessages.marks[kind]}: ${label}`,
  zoomHint: ' Drag over a part of the chart to zoom in, or hold Shift with the arrow keys and press Enter.',
  zoomOut: 'Zoom out',
  medianByRegion: 'Median response time by region',
  down: (count: number) => `${formatCount(count)} down`,
  uptime: (ratio: number) => `${formatRatio(ratio)} uptime`,
  degradedAbove: (ms: number) => `degraded above ${formatLatency(ms)}`,
  history: (ratio: number | null, down: number, buckets: number, bucketSeconds: number) =>
    `${ratio === null ? common.noData : chartMessages.uptime(ratio)}, ` +
    `failures in ${down} of ${buckets} intervals of ${formatDuration(bucketSeconds)}. ` +
    'Use the arrow keys to step through the intervals.',
  responseTimes: (results: number, range: [number, number] | null, down: number) =>
    `Response time of the last ${formatQuantity(results, 'result')}: ` +
    `${range ? range.map(formatLatency).join(' to ') : 'none'}, ${down} down. ` +
    'Use the arrow keys to step through the results, or see the table below.',
};
