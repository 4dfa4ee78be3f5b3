import type { Baseline, Bucket, Series } from '@/api/models';
import { formatLatency, formatShortDateTime } from '@/lib/format';
import { baselineMessages, describeLearning } from '@/messages/baseline';
import { chartMessages } from '@/messages/charts';
import { common } from '@/messages/common';
import { bandPath, bandSteps } from './band';
import { CHART_TOP, ChartFrame, Cursor } from './chart-frame';
import {
  type BucketState,
  bucketState,
  lineSegments,
  mediansByRegion,
  type Percentile,
  type Values,
} from './history-scale';
import { MarkBands, MarkLegend } from './mark-bands';
import { type ChartMark, marksIn, placeMarks } from './marks';
import { LineSample, type LineStyle, regionLine } from './region-lines';

const HEIGHT = 240;
const FLOOR = 180;
const BAR_TOP = 192;
const BAR_HEIGHT = 18;

const PERCENTILES: { field: Percentile; label: string; line: string }[] = [
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

interface ChartLine extends LineStyle {
  label: string;
  values: Values;
}

/** The percentiles, or the medians of several regions. */
function linesOf(series: Series, order: readonly string[]): ChartLine[] {
  const medians = mediansByRegion(series);
  if (medians) {
    // A region keeps its line where another one has no results, and those of before come after.
    const before = medians.map(({ region }) => region).filter((region) => !order.includes(region));
    const places = [...order, ...before];
    return medians.map(({ region, values }) => ({
      ...regionLine(places.indexOf(region)),
      label: region,
      values,
    }));
  }
  return PERCENTILES.map(({ field, label, line }) => ({
    label,
    line,
    values: series.buckets.map((bucket) => bucket[field]),
  }));
}

const textsAt = (lines: readonly ChartLine[], index: number) =>
  lines.flatMap(({ label, values }) => {
    const ms = values[index] ?? null;
    return ms === null ? [] : `${label} ${formatLatency(ms)}`;
  });

const describeBucket = (bucket: Bucket, texts: readonly string[], marked: readonly string[]) =>
  [
    formatShortDateTime(bucket.at),
    ratioOf(bucket),
    ...(bucket.down > 0 ? [chartMessages.down(bucket.down)] : []),
    ...texts,
    ...marked,
  ].join(', ');

interface ReadoutProps {
  bucket: Bucket;
  texts: readonly string[];
  /** What else there was in that time. */
  marked: readonly string[];
}

function Readout({ bucket, texts, marked }: ReadoutProps) {
  return (
    <>
      <span className="font-medium text-ink">
        {ratioOf(bucket)}
        {bucket.down > 0 && ` · ${chartMessages.down(bucket.down)}`}
      </span>
      {texts.map((text) => (
        <span key={text}>{text}</span>
      ))}
      <span>{formatShortDateTime(bucket.at)}</span>
      {marked.map((text) => (
        <span key={text} className="min-w-0 max-w-full truncate">
          {text}
        </span>
      ))}
    </>
  );
}

interface LegendProps {
  uptime: number | null;
  baseline: Baseline | null;
  lines: readonly ChartLine[];
  byRegion: boolean;
  marks: readonly ChartMark[];
}

function Legend({ uptime, baseline, lines, byRegion, marks }: LegendProps) {
  return (
    <>
      {uptime !== null && <span className="font-medium text-ink">{chartMessages.uptime(uptime)}</span>}
      {byRegion && <span>{chartMessages.medianByRegion}</span>}
      {lines.map(({ label, line, dash }) => (
        <span key={label} className="inline-flex items-center gap-1.5">
          <LineSample line={line} {...(dash !== undefined && { dash })} width={byRegion ? 28 : 16} />
          {label}
        </span>
      ))}
      {baseline && baseline.points.length > 0 && (
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="inline-block h-3 w-4 rounded-sm bg-pending/20" />
          {baselineMessages.usual}
        </span>
      )}
      {baseline?.state === 'learning' && <span>{describeLearning(baseline)}</span>}
      <MarkLegend marks={marks} />
    </>
  );
}

interface Props {
  series: Series;
  uptime: number | null;
  /** What is usual, where that is known of the range. */
  baseline?: Baseline | null;
  /** Those that decide, in whose order their lines are. */
  regions: readonly string[];
  /** Times that stand out. */
  marks?: readonly ChartMark[];
  /** Shows a part of the time in detail, in milliseconds since 1970. */
  onZoom?: ((from: number, until: number) => void) | undefined;
}

const NO_MARKS: readonly ChartMark[] = [];

/** Percentiles of the response time, or the medians of regions, with the state of each interval below. */
export function HistoryChart({ series, uptime, baseline = null, regions, marks = NO_MARKS, onZoom }: Props) {
  const { buckets } = series;
  const [from, to] = [Date.parse(series.from), Date.parse(series.to)];
  const lines = linesOf(series, regions);
  const length = series.bucket_seconds * 1_000;
  const placed = placeMarks(marks, from, to);
  const markedAt = (bucket: Bucket) => {
    const begins = Date.parse(bucket.at);
    const found = marksIn(marks, begins, begins + length);
    return [...new Set(found.map(({ kind, label }) => chartMessages.marked(kind, label)))];
  };
  const startOf = (index: number) => Date.parse(buckets[index]?.at ?? series.from);
  const down = buckets.filter((bucket) => bucketState(bucket) === 'down').length;
  // The last bucket may reach beyond the range.
  const end = from + buckets.length * series.bucket_seconds * 1_000;
  const band = bandSteps(baseline?.points ?? [], from, end);

  return (
    <ChartFrame
      summary={chartMessages.history(uptime, down, buckets.length, series.bucket_seconds)}
      height={HEIGHT}
      floor={FLOOR}
      maxMs={Math.max(0, ...lines.flatMap(({ values }) => values.map((ms) => ms ?? 0)))}
      count={buckets.length}
      indexAt={(part) => Math.floor(part * buckets.length)}
      describe={(index) => {
        const bucket = buckets[index];
        return bucket && describeBucket(bucket, textsAt(lines, index), markedAt(bucket));
      }}
      onZoom={onZoom && ((first, last) => onZoom(startOf(first), startOf(last) + length))}
      caption={(selected) => {
        const bucket = selected === null ? undefined : buckets[selected];
        return bucket ? (
          <Readout bucket={bucket} texts={textsAt(lines, selected ?? 0)} marked={markedAt(bucket)} />
        ) : (
          <Legend
            uptime={uptime}
            baseline={baseline}
            lines={lines}
            byRegion={(series.regions ?? []).length > 1}
            marks={placed}
          />
        );
      }}
      timeLabel={(part) => formatShortDateTime(from + part * (to - from))}
      middleFrom={420}
    >
      {(plot, selected, range) => {
        const x = (index: number) => plot.x((index + 0.5) / buckets.length);
        const pitch = plot.x(1 / Math.max(1, buckets.length)) - plot.x(0);
        return (
          <>
            {band.map((run) => (
              <path
                key={run[0]?.from}
                d={bandPath(run, plot.x, (ms) => plot.y(Math.min(plot.max, ms)))}
                className="fill-pending/20"
              />
            ))}
            <MarkBands marks={placed} plot={plot} top={CHART_TOP} bottom={BAR_TOP + BAR_HEIGHT} />
            {range && (
              <rect
                x={plot.left + range[0] * pitch}
                y={CHART_TOP}
                width={(range[1] - range[0] + 1) * pitch}
                height={BAR_TOP + BAR_HEIGHT - CHART_TOP}
                className="fill-ink/10"
              />
            )}
            {lines.map(({ label, line, dash, values }) => (
              <g
                key={label}
                fill="none"
                strokeDasharray={dash}
                strokeWidth={1.75}
                strokeLinejoin="round"
                strokeLinecap="round"
                className={line}
              >
                {lineSegments(values).map((segment) => {
                  const points = segment.map((index) => `${x(index)} ${plot.y(values[index] ?? 0)}`);
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
              {chartMessages.axis}
            </text>
            {selected !== null && <Cursor x={x(selected)} until={BAR_TOP + BAR_HEIGHT} />}
          </>
        );
      }}
    </ChartFrame>
  );
}
