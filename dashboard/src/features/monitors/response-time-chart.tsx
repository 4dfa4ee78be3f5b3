import { useMemo } from 'react';
import type { CheckResult, PointState } from '@/api/models';
import { CHART_TOP, ChartFrame, Cursor } from '@/components/charts/chart-frame';
import { type LineStyle, RegionLegend, regionLine } from '@/components/charts/region-lines';
import { StateIcon } from '@/components/state';
import { cx } from '@/lib/cx';
import { formatDateTime, formatLatency, formatShortTime } from '@/lib/format';
import { chartMessages } from '@/messages/charts';
import { STATE_LABELS } from '@/messages/terms';
import {
  type ChartPoint,
  chartPoints,
  lineSegments,
  nearestIndex,
  pointsByRegion,
  timeDomain,
} from './chart-scale';
import { monitorMessages } from './messages';

const HEIGHT = 220;
const FLOOR = HEIGHT - 26;

function describe(result: CheckResult, withRegion: boolean): string {
  const { state, latency_ms: latency, scheduled_at: at, region } = result;
  return [
    withRegion && region,
    STATE_LABELS[state],
    latency !== null && formatLatency(latency),
    formatDateTime(at),
  ]
    .filter(Boolean)
    .join(', ');
}

function Readout({ result, withRegion }: { result: CheckResult; withRegion: boolean }) {
  return (
    <>
      <StateIcon state={result.state} className="size-4" />
      <span className="font-medium text-ink">
        {STATE_LABELS[result.state]}
        {result.latency_ms !== null && ` · ${formatLatency(result.latency_ms)}`}
      </span>
      {withRegion && <span>{result.region}</span>}
      <span>{formatDateTime(result.scheduled_at)}</span>
    </>
  );
}

/** Of one region, or of all together. */
interface ChartLine {
  region: string;
  style: LineStyle | null;
  segments: ChartPoint[][];
}

interface LineProps {
  points: [number, number][];
  /** Of one line among several, which have no areas. */
  style: LineStyle | null;
}

/** A line with the area below it; a single point is a dot. */
function Line({ points, style }: LineProps) {
  const [[firstX, firstY] = [0, 0]] = points;
  const [lastX] = points.at(-1) ?? [0];
  const path = `M${points.map(([x, y]) => `${x} ${y}`).join('L')}`;
  return (
    <g>
      {points.length === 1 && (
        <circle
          cx={firstX}
          cy={firstY}
          r={3.5}
          strokeWidth={2}
          className={style ? cx('fill-surface', style.line) : 'fill-up-fill'}
        />
      )}
      {!style && <path d={`${path}L${lastX} ${FLOOR}L${firstX} ${FLOOR}Z`} className="fill-up-fill/12" />}
      <path
        d={path}
        fill="none"
        strokeWidth={1.75}
        strokeLinejoin="round"
        strokeLinecap="round"
        strokeDasharray={style?.dash}
        className={style?.line ?? 'stroke-up-fill'}
      />
    </g>
  );
}

function Marker({ state, x, y }: { state: PointState; x: number; y: number }) {
  if (state === 'degraded') {
    return <path d={`M${x} ${y - 5}l4.5 8h-9z`} className="fill-degraded-fill stroke-surface" />;
  }
  if (state === 'skipped') {
    return <rect x={x - 1} y={FLOOR - 5} width={2} height={5} className="fill-line-strong" />;
  }
  return (
    <g className="stroke-down-fill">
      <line x1={x} x2={x} y1={CHART_TOP} y2={FLOOR} strokeWidth={5} strokeOpacity={0.18} />
      <path d={`M${x - 3.5} ${FLOOR - 10.5}l7 7m0 -7l-7 7`} strokeWidth={2} />
    </g>
  );
}

interface Props {
  results: CheckResult[];
  slowMs: number | null;
  /** Regions whose results are shown with a line for each; none where there is one line. */
  regions: readonly string[];
}

export function ResponseTimeChart({ results, slowMs, regions }: Props) {
  const points = useMemo(() => chartPoints(results), [results]);
  const withRegion = regions.length > 0;
  const lines = useMemo((): ChartLine[] => {
    if (regions.length === 0) return [{ region: '', style: null, segments: lineSegments(points) }];
    return pointsByRegion(points, regions).map((each, index) => ({
      region: each.region,
      style: regionLine(index),
      segments: lineSegments(each.points),
    }));
  }, [points, regions]);
  const responseTimes = lines
    .flatMap(({ segments }) => segments.flat())
    .map((point) => point.result.latency_ms ?? 0);
  const [from, until] = timeDomain(points);
  const down = points.filter((point) => point.result.state === 'down').length;
  const range: [number, number] | null =
    responseTimes.length > 0 ? [Math.min(...responseTimes), Math.max(...responseTimes)] : null;

  return (
    <div className="card">
      <ChartFrame
        summary={chartMessages.responseTimes(points.length, range, down)}
        height={HEIGHT}
        floor={FLOOR}
        maxMs={Math.max(0, ...responseTimes)}
        count={points.length}
        indexAt={(part) => nearestIndex(points, from + part * (until - from))}
        describe={(index) => points[index] && describe(points[index].result, withRegion)}
        caption={(selected) => {
          const shown = points[selected ?? points.length - 1];
          return (
            <>
              <span className="mr-auto">
                {monitorMessages.responseTime}
                {slowMs !== null && <span className="text-xs"> · {chartMessages.degradedAbove(slowMs)}</span>}
              </span>
              <span aria-hidden className="inline-flex flex-wrap items-center gap-2">
                {shown && <Readout result={shown.result} withRegion={withRegion} />}
              </span>
            </>
          );
        }}
        timeLabel={(part) => formatShortTime(from + part * (until - from))}
      >
        {(plot, selected) => {
          const x = ({ at }: ChartPoint) => plot.x((at - from) / (until - from));
          const y = ({ result }: ChartPoint) => plot.y(result.latency_ms ?? 0);
          const shown = selected === null ? undefined : points[selected];
          return (
            <>
              {slowMs !== null && slowMs < plot.max && (
                <line
                  x1={plot.left}
                  x2={plot.right}
                  y1={plot.y(slowMs)}
                  y2={plot.y(slowMs)}
                  className="stroke-degraded"
                  strokeDasharray="4 4"
                />
              )}
              {lines.flatMap(({ region, style, segments }) =>
                segments.map((segment) => (
                  <Line
                    key={`${region} ${segment[0]?.at}`}
                    points={segment.map((point) => [x(point), y(point)])}
                    style={style}
                  />
                )),
              )}
              {points
                .filter((point) => point.result.state !== 'up')
                .map((point) => (
                  <Marker
                    key={`${point.result.region} ${point.at}`}
                    state={point.result.state}
                    x={x(point)}
                    y={y(point)}
                  />
                ))}
              {shown && (
                <>
                  <Cursor x={x(shown)} until={FLOOR} />
                  {shown.result.latency_ms !== null && (
                    <circle
                      cx={x(shown)}
                      cy={plot.y(Math.min(plot.max, shown.result.latency_ms))}
                      r={4}
                      strokeWidth={2}
                      className="fill-surface stroke-ink"
                    />
                  )}
                </>
              )}
            </>
          );
        }}
      </ChartFrame>
      {withRegion && <RegionLegend regions={lines.map(({ region }) => region)} className="px-4 pb-4" />}
    </div>
  );
}
