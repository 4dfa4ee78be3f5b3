import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import type { CheckResult } from '@/api/models';
import { StateIcon } from '@/components/state';
import { formatDateTime, formatLatency, formatShortTime } from '@/lib/format';
import { useWidth } from '@/lib/use-width';
import { STATE_LABELS } from '@/messages/terms';
import {
  axisTicks,
  type ChartPoint,
  chartPoints,
  lineSegments,
  nearestIndex,
  timeDomain,
} from './chart-scale';
import { chartMessages, monitorMessages } from './messages';

const HEIGHT = 220;
const TOP = 10;
const BOTTOM = 26;
const LEFT = 56;
const RIGHT = 14;
const FLOOR = HEIGHT - BOTTOM;

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

function Marker({ point, x, y }: { point: ChartPoint; x: number; y: number }) {
  if (point.result.state === 'degraded') {
    return <path d={`M${x} ${y - 5}l4.5 8h-9z`} className="fill-degraded-fill stroke-surface" />;
  }
  if (point.result.state === 'skipped') {
    return <rect x={x - 1} y={FLOOR - 5} width={2} height={5} className="fill-line-strong" />;
  }
  return (
    <g className="stroke-down-fill">
      <line x1={x} x2={x} y1={TOP} y2={FLOOR} strokeWidth={5} strokeOpacity={0.18} />
      <path d={`M${x - 3.5} ${FLOOR - 10.5}l7 7m0 -7l-7 7`} strokeWidth={2} />
    </g>
  );
}

interface Props {
  results: CheckResult[];
  slowMs: number | null;
}

export function ResponseTimeChart({ results, slowMs }: Props) {
  const [ref, width] = useWidth<SVGSVGElement>(720);
  const [selected, setSelected] = useState<number | null>(null);
  const points = useMemo(() => chartPoints(results), [results]);
  const segments = useMemo(() => lineSegments(points), [points]);
  const responseTimes = segments.flat().map((point) => point.result.latency_ms ?? 0);
  const ticks = axisTicks(Math.max(10, ...responseTimes));
  const top = ticks.at(-1) ?? 1;
  const [from, until] = timeDomain(points);

  const x = (at: number) => LEFT + ((at - from) / (until - from)) * (width - LEFT - RIGHT);
  const y = (ms: number) => FLOOR - (ms / top) * (FLOOR - TOP);
  const path = (segment: ChartPoint[]) =>
    segment
      .map(({ at, result }, i) => `${i === 0 ? 'M' : 'L'}${x(at)} ${y(result.latency_ms ?? 0)}`)
      .join('');
  const shownIndex = selected ?? points.length - 1;
  const shown = points[shownIndex];

  function onPointerMove(event: PointerEvent<SVGSVGElement>) {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const at = from + ((offset - LEFT) / (width - LEFT - RIGHT)) * (until - from);
    setSelected(nearestIndex(points, at));
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    setSelected((old) => Math.min(points.length - 1, Math.max(0, (old ?? points.length - 1) + step)));
  }

  const down = points.filter((point) => point.result.state === 'down').length;
  const range: [number, number] | null =
    responseTimes.length > 0 ? [Math.min(...responseTimes), Math.max(...responseTimes)] : null;
  const summary = chartMessages.responseTimes(points.length, range, down);

  return (
    <figure className="card p-4 pb-2">
      <figcaption className="mb-3 flex min-h-5 flex-wrap items-center gap-x-3 gap-y-1 text-ink-soft text-sm">
        <span className="mr-auto">
          {monitorMessages.responseTime}
          {slowMs !== null && <span className="text-xs"> · {chartMessages.degradedAbove(slowMs)}</span>}
        </span>
        <span aria-hidden className="inline-flex flex-wrap items-center gap-2">
          {shown && <Readout result={shown.result} />}
        </span>
      </figcaption>
      {/* A slider, so that a screen reader announces each value. */}
      <div
        role="slider"
        aria-label={summary}
        aria-readonly
        aria-valuemin={1}
        aria-valuemax={points.length}
        aria-valuenow={shownIndex + 1}
        aria-valuetext={shown && describe(shown.result)}
        tabIndex={0}
        className="rounded"
        onBlur={() => setSelected(null)}
        onKeyDown={onKeyDown}
      >
        <svg
          ref={ref}
          aria-hidden="true"
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
          {[0, 0.5, 1].map((part) => (
            <text
              key={part}
              x={LEFT + part * (width - LEFT - RIGHT)}
              y={HEIGHT - 6}
              textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
              className="fill-ink-soft"
            >
              {formatShortTime(from + part * (until - from))}
            </text>
          ))}
          {slowMs !== null && slowMs < top && (
            <line
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(slowMs)}
              y2={y(slowMs)}
              className="stroke-degraded"
              strokeDasharray="4 4"
            />
          )}
          {segments.map((segment) => (
            <g key={segment[0]?.at}>
              {segment.length === 1 && segment[0] && (
                <circle
                  cx={x(segment[0].at)}
                  cy={y(segment[0].result.latency_ms ?? 0)}
                  r={3.5}
                  className="fill-up-fill"
                />
              )}
              <path
                d={`${path(segment)}L${x(segment.at(-1)?.at ?? 0)} ${FLOOR}L${x(segment[0]?.at ?? 0)} ${FLOOR}Z`}
                className="fill-up-fill/12"
              />
              <path
                d={path(segment)}
                fill="none"
                strokeWidth={1.75}
                strokeLinejoin="round"
                strokeLinecap="round"
                className="stroke-up-fill"
              />
            </g>
          ))}
          {points
            .filter((point) => point.result.state !== 'up')
            .map((point) => (
              <Marker key={point.at} point={point} x={x(point.at)} y={y(point.result.latency_ms ?? 0)} />
            ))}
          {selected !== null && shown && (
            <g className="stroke-ink">
              <line x1={x(shown.at)} x2={x(shown.at)} y1={TOP} y2={FLOOR} strokeOpacity={0.35} />
              {shown.result.latency_ms !== null && (
                <circle
                  cx={x(shown.at)}
                  cy={y(Math.min(top, shown.result.latency_ms))}
                  r={4}
                  strokeWidth={2}
                  className="fill-surface"
                />
              )}
            </g>
          )}
        </svg>
      </div>
    </figure>
  );
}
