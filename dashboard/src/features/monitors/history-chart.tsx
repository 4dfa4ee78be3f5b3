import type { Bucket, Series } from '@/api/models';
import { formatLatency, formatShortDateTime } from '@/lib/format';
import { common } from '@/messages/common';
import { ChartFrame, Cursor } from './chart-frame';
import { type BucketState, bucketState, lineSegments, type Percentile } from './history-scale';
import { chartMessages, monitorMessages } from './messages';

const HEIGHT = 240;
const FLOOR = 180;
const BAR_TOP = 192;
const BAR_HEIGHT = 18;

const LINES: { field: Percentile; label: string; line: string }[] = [
  { field: 'p99_ms', label: 'p99', line: 'stroke-line-strong' },
  { field: 'p95_ms', label: 'p95', line: 'stroke-pending' },
  { field: 'p50_ms', label: 'p50', line: 'stroke-up-fill' },
];

const FILLS: Record<BucketState, string> = {
  up: 'fill-up-fill',
  degraded: 'fill-degraded-fill',
  down: 'fill-down-fill',
  none: 'fill-line',
};

const ratioOf = ({ availability: ratio }: Bucket) =>
  ratio === null ? common.noData : chartMessages.uptime(ratio);

const percentilesOf = (bucket: Bucket) =>
  LINES.flatMap(({ field, label }) => {
    const ms = bucket[field];
    return ms === null ? [] : `${label} ${formatLatency(ms)}`;
  });

const describeBucket = (bucket: Bucket) =>
  [
    formatShortDateTime(bucket.at),
    ratioOf(bucket),
    ...(bucket.down > 0 ? [chartMessages.down(bucket.down)] : []),
    ...percentilesOf(bucket),
  ].join(', ');

function Readout({ bucket }: { bucket: Bucket }) {
  return (
    <>
      <span className="font-medium text-ink">
        {ratioOf(bucket)}
        {bucket.down > 0 && ` · ${chartMessages.down(bucket.down)}`}
      </span>
      {percentilesOf(bucket).map((text) => (
        <span key={text}>{text}</span>
      ))}
      <span>{formatShortDateTime(bucket.at)}</span>
    </>
  );
}

function Legend({ uptime }: { uptime: number | null }) {
  return (
    <>
      {uptime !== null && <span className="font-medium text-ink">{chartMessages.uptime(uptime)}</span>}
      {LINES.map(({ field, label, line }) => (
        <span key={field} className="inline-flex items-center gap-1.5">
          <svg aria-hidden="true" width={16} height={4}>
            <line x2={16} y1={2} y2={2} strokeWidth={2.5} className={line} />
          </svg>
          {label}
        </span>
      ))}
    </>
  );
}

/** Percentiles of the response time, with the state of each interval below. */
export function HistoryChart({ series, uptime }: { series: Series; uptime: number | null }) {
  const { buckets } = series;
  const [from, to] = [Date.parse(series.from), Date.parse(series.to)];
  const segments = lineSegments(buckets);
  const down = buckets.filter((bucket) => bucketState(bucket) === 'down').length;

  return (
    <ChartFrame
      summary={chartMessages.history(uptime, down, buckets.length, series.bucket_seconds)}
      height={HEIGHT}
      floor={FLOOR}
      maxMs={Math.max(0, ...buckets.map((bucket) => bucket.p99_ms ?? 0))}
      count={buckets.length}
      indexAt={(part) => Math.floor(part * buckets.length)}
      describe={(index) => buckets[index] && describeBucket(buckets[index])}
      caption={(selected) => {
        const bucket = selected === null ? undefined : buckets[selected];
        return bucket ? <Readout bucket={bucket} /> : <Legend uptime={uptime} />;
      }}
      timeLabel={(part) => formatShortDateTime(from + part * (to - from))}
      middleFrom={420}
    >
      {(plot, selected) => {
        const x = (index: number) => plot.x((index + 0.5) / buckets.length);
        const pitch = plot.x(1 / Math.max(1, buckets.length)) - plot.x(0);
        return (
          <>
            {LINES.map(({ field, line }) => (
              <g
                key={field}
                fill="none"
                strokeWidth={1.75}
                strokeLinejoin="round"
                strokeLinecap="round"
                className={line}
              >
                {segments.map((segment) => {
                  const points = segment.map(
                    (index) => `${x(index)} ${plot.y(buckets[index]?.[field] ?? 0)}`,
                  );
                  // A line of zero length renders as a dot.
                  return <path key={segment[0]} d={`M${points[0]}L${points.join('L')}`} />;
                })}
              </g>
            ))}
            {buckets.map((bucket, index) => (
              <rect
                key={bucket.at}
                x={plot.left + index * pitch}
                y={BAR_TOP}
                width={Math.max(1, pitch - (pitch > 3 ? 1 : 0))}
                height={BAR_HEIGHT}
                className={FILLS[bucketState(bucket)]}
              />
            ))}
            <text
              x={plot.left - 8}
              y={BAR_TOP + BAR_HEIGHT / 2}
              dy="0.32em"
              textAnchor="end"
              className="fill-ink-soft"
            >
              {monitorMessages.uptime}
            </text>
            {selected !== null && <Cursor x={x(selected)} until={BAR_TOP + BAR_HEIGHT} />}
          </>
        );
      }}
    </ChartFrame>
  );
}
