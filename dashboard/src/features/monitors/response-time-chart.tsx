import { useMemo } from 'react';
import type { CheckResult, PointState } from '@/api/models';
import { StateIcon } from '@/components/state';
import { formatDateTime, formatLatency, formatShortTime } from '@/lib/format';
import { STATE_LABELS } from '@/messages/terms';
import { CHART_TOP, ChartFrame, Cursor } from './chart-frame';
import { type ChartPoint, chartPoints, lineSegments, nearestIndex, timeDomain } from './chart-scale';
import { chartMessages, monitorMessages } from './messages';

const HEIGHT = 220;
const FLOOR = HEIGHT - 26;

function describe({ state, latency_ms: latency, scheduled_at: at }: CheckResult): string {
  return [STATE_LABELS[state], latency !== null && formatLatency(latency), formatDateTime(at)]
    .filter(Boolean)
    .join(', ');
}

function Readout({ result }: { result: CheckResult }) {
  return (
    <>
      <StateIcon state={result.state} className="size-4" />
      <span className="font-medium text-ink">
        {STATE_LABELS[result.state]}
        {result.latency_ms !== null && ` · ${formatLatency(result.latency_ms)}`}
      </span>
      <span>{formatDateTime(result.scheduled_at)}</span>
    </>
  );
}

/** A line with the area below it; a single point is a dot. */
function Line({ points }: { points: [number, number][] }) {
  const [[firstX, firstY] = [0, 0]] = points;
  const [lastX] = points.at(-1) ?? [0];
  const path = `M${points.map(([x, y]) => `${x} ${y}`).join('L')}`;
  return (
    <g>
      {points.length === 1 && <circle cx={firstX} cy={firstY} r={3.5} className="fill-up-fill" />}
      <path d={`${path}L${lastX} ${FLOOR}L${firstX} ${FLOOR}Z`} className="fill-up-fill/12" />
      <path
        d={path}
        fill="none"
        strokeWidth={1.75}
        strokeLinejoin="round"
        strokeLinecap="round"
        className="stroke-up-fill"
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
}

export function ResponseTimeChart({ results, slowMs }: Props) {
  const points = useMemo(() => chartPoints(results), [results]);
  const segments = useMemo(() => lineSegments(points), [points]);
  const responseTimes = segments.flat().map((point) => point.result.latency_ms ?? 0);
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
        describe={(index) => points[index] && describe(points[index].result)}
        caption={(selected) => {
          const shown = points[selected ?? points.length - 1];
          return (
            <>
              <span className="mr-auto">
                {monitorMessages.responseTime}
                {slowMs !== null && <span className="text-xs"> · {chartMessages.degradedAbove(slowMs)}</span>}
              </span>
              <span aria-hidden className="inline-flex flex-wrap items-center gap-2">
                {shown && <Readout result={shown.result} />}
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
              {segments.map((segment) => (
                <Line key={segment[0]?.at} points={segment.map((point) => [x(point), y(point)])} />
              ))}
              {points
                .filter((point) => point.result.state !== 'up')
                .map((point) => (
                  <Marker key={point.at} state={point.result.state} x={x(point)} y={y(point)} />
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
    </div>
  );
}
