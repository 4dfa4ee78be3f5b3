import { type PointerEvent, useState } from 'react';
import type { Bucket, Series } from '@/api/models';
import { formatLatency, formatRatio, formatShortDateTime } from '@/lib/format';
import { useWidth } from '@/lib/use-width';
import { common } from '@/messages/common';
import { axisTicks } from './chart-scale';
import { type BucketState, bucketState, lineSegments, type Percentile } from './history-scale';
import { chartMessages, monitorMessages } from './messages';

const HEIGHT = 240;
const TOP = 10;
const FLOOR = 180;
const BAR_TOP = 192;
const BAR_HEIGHT = 18;
const LEFT = 56;
const RIGHT = 14;
/** Below this width there is no room for a time in the middle. */
const NARROW = 420;

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

function Readout({ bucket }: { bucket: Bucket }) {
  return (
    <>
      <span className="font-medium text-ink">
        {bucket.availability === null ? common.noData : formatRatio(bucket.availability)}
        {bucket.down > 0 && ` · ${chartMessages.down(bucket.down)}`}
      </span>
      {LINES.map(({ field, label }) => {
        const ms = bucket[field];
        return ms !== null && <span key={field}>{`${label} ${formatLatency(ms)}`}</span>;
      })}
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
  const [ref, width] = useWidth<SVGSVGElement>(720);
  const [selected, setSelected] = useState<number | null>(null);
  const { buckets } = series;
  const ticks = axisTicks(Math.max(10, ...buckets.map((bucket) => bucket.p99_ms ?? 0)));
  const top = ticks.at(-1) ?? 1;
  const pitch = (width - LEFT - RIGHT) / Math.max(1, buckets.length);
  const x = (index: number) => LEFT + (index + 0.5) * pitch;
  const y = (ms: number) => FLOOR - (ms / top) * (FLOOR - TOP);
  const segments = lineSegments(buckets);
  const shown = selected === null ? undefined : buckets[selected];
  const down = buckets.filter((bucket) => bucketState(bucket) === 'down').length;
  const summary = chartMessages.history(uptime, down, buckets.length, series.bucket_seconds);

  function onPointerMove(event: PointerEvent<SVGSVGElement>) {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    setSelected(Math.min(buckets.length - 1, Math.max(0, Math.floor(offset / pitch))));
  }

  return (
    <figure className="p-4 pb-2">
      <figcaption className="mb-3 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft text-sm">
        {shown ? <Readout bucket={shown} /> : <Legend uptime={uptime} />}
      </figcaption>
      <svg
        ref={ref}
        role="img"
        aria-label={summary}
        width="100%"
        height={HEIGHT}
        className="block touch-pan-y select-none text-xs"
        onPointerMove={onPointerMove}
        onPointerLeave={() => setSelected(null)}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} className="stroke-line" />
            <text x={LEFT - 8} y={y(tick)} dy="0.32em" textAnchor="end" className="fill-ink-soft">
              {formatLatency(tick)}
            </text>
          </g>
        ))}
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
              const points = segment.map((index) => `${x(index)} ${y(buckets[index]?.[field] ?? 0)}`);
              // A line of zero length renders as a dot.
              return <path key={segment[0]} d={`M${points[0]}L${points.join('L')}`} />;
            })}
          </g>
        ))}
        {buckets.map((bucket, index) => (
          <rect
            key={bucket.at}
            x={LEFT + index * pitch}
            y={BAR_TOP}
            width={Math.max(1, pitch - (pitch > 3 ? 1 : 0))}
            height={BAR_HEIGHT}
            className={FILLS[bucketState(bucket)]}
          />
        ))}
        <text
          x={LEFT - 8}
          y={BAR_TOP + BAR_HEIGHT / 2}
          dy="0.32em"
          textAnchor="end"
          className="fill-ink-soft"
        >
          {monitorMessages.uptime}
        </text>
        {(width < NARROW ? [0, 1] : [0, 0.5, 1]).map((part) => (
          <text
            key={part}
            x={LEFT + part * (width - LEFT - RIGHT)}
            y={HEIGHT - 8}
            textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
            className="fill-ink-soft"
          >
            {formatShortDateTime(
              Date.parse(series.from) + part * (Date.parse(series.to) - Date.parse(series.from)),
            )}
          </text>
        ))}
        {selected !== null && (
          <line
            x1={x(selected)}
            x2={x(selected)}
            y1={TOP}
            y2={BAR_TOP + BAR_HEIGHT}
            className="stroke-ink"
            strokeOpacity={0.35}
          />
        )}
      </svg>
    </figure>
  );
}
