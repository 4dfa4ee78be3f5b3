import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from 'react';
import { formatLatency } from '@/lib/format';
import { useWidth } from '@/lib/use-width';
import { chartMessages } from '@/messages/charts';
import { axisTicks } from './axis-ticks';

export const CHART_TOP = 10;
const LEFT = 56;
const RIGHT = 14;
const PAGE = 10;

/** Where things are in a chart, in pixels. */
export interface Plot {
  left: number;
  right: number;
  /** The highest value of the axis. */
  max: number;
  /** At a part, 0 to 1, of the time that is shown. */
  x(part: number): number;
  y(ms: number): number;
}

interface Props {
  /** What the chart shows, in a sentence. */
  summary: string;
  height: number;
  /** Where the axis of response times has its 0. */
  floor: number;
  maxMs: number;
  /** The axis goes up to this at least. */
  leastMax?: number;
  tickLabel?: (tick: number) => string;
  /** How many values can be selected, the oldest first. */
  count: number;
  /** The value at a part, 0 to 1, of the time that is shown. */
  indexAt(part: number): number;
  describe(index: number): string | undefined;
  /** Above the chart: the selected value, or what all of them have in common. */
  caption(selected: number | null): ReactNode;
  /** The label of the time axis at a part of it. */
  timeLabel(part: number): string;
  /** The width from which there is room for a label in the middle. */
  middleFrom?: number;
  /** Shows the values from one to another in detail; they are chosen by dragging, or with Shift and the keyboard. */
  onZoom?: ((first: number, last: number) => void) | undefined;
  children(plot: Plot, selected: number | null, range: Range | null): ReactNode;
}

/** The first and the last one of several values. */
export type Range = readonly [number, number];

/** A chart of response times whose values are selected with the pointer or the keyboard. */
export function ChartFrame({
  summary,
  height,
  floor,
  maxMs,
  leastMax = 10,
  tickLabel = formatLatency,
  count,
  indexAt,
  describe,
  caption,
  timeLabel,
  middleFrom = 0,
  onZoom,
  children,
}: Props) {
  const [ref, width] = useWidth<SVGSVGElement>(720);
  const [selected, setSelected] = useState<number | null>(null);
  /** Where a range begins that is being chosen. */
  const [anchor, setAnchor] = useState<number | null>(null);
  const ticks = axisTicks(Math.max(leastMax, maxMs));
  const max = ticks.at(-1) ?? 1;
  const inner = width - LEFT - RIGHT;
  const plot: Plot = {
    left: LEFT,
    right: width - RIGHT,
    max,
    x: (part) => LEFT + part * inner,
    y: (ms) => floor - (ms / max) * (floor - CHART_TOP),
  };
  const last = Math.max(0, count - 1);
  const shown = selected === null ? null : Math.min(selected, last);
  const current = shown ?? last;
  const range: Range | null =
    anchor === null || anchor === current ? null : [Math.min(anchor, current), Math.max(anchor, current)];

  function indexOf(event: PointerEvent<SVGSVGElement>): number {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.min(last, Math.max(0, indexAt((offset - LEFT) / inner)));
  }

  function onPointerDown(event: PointerEvent<SVGSVGElement>) {
    // A finger scrolls.
    if (!onZoom || event.button !== 0 || event.pointerType === 'touch') return;
    const index = indexOf(event);
    setSelected(index);
    setAnchor(index);
  }

  function zoom() {
    setAnchor(null);
    if (range && onZoom) {
      setSelected(null);
      onZoom(...range);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' && range) {
      event.preventDefault();
      return zoom();
    }
    const next = {
      ArrowLeft: current - 1,
      ArrowDown: current - 1,
      ArrowRight: current + 1,
      ArrowUp: current + 1,
      PageDown: current - PAGE,
      PageUp: current + PAGE,
      Home: 0,
      End: last,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAnchor(event.shiftKey && onZoom ? (anchor ?? current) : null);
      setSelected(Math.min(last, Math.max(0, next)));
    } else if (event.key === 'Escape') {
      setAnchor(null);
      setSelected(null);
    }
  }

  return (
    <figure className="p-4 pb-2">
      <figcaption className="mb-3 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft text-sm">
        {caption(shown)}
      </figcaption>
      {/* A slider, so that a screen reader announces each value. */}
      <div
        role="slider"
        aria-label={onZoom ? summary + chartMessages.zoomHint : summary}
        aria-readonly
        aria-valuemin={1}
        aria-valuemax={count}
        aria-valuenow={current + 1}
        aria-valuetext={describe(current)}
        tabIndex={0}
        className="rounded"
        onBlur={() => {
          setAnchor(null);
          setSelected(null);
        }}
        onKeyDown={onKeyDown}
      >
        <svg
          ref={ref}
          aria-hidden="true"
          width="100%"
          height={height}
          className="block touch-pan-y select-none text-xs"
          onPointerDown={onPointerDown}
          onPointerMove={(event) => setSelected(indexOf(event))}
          onPointerUp={zoom}
          onPointerLeave={() => {
            setAnchor(null);
            setSelected(null);
          }}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                x1={plot.left}
                x2={plot.right}
                y1={plot.y(tick)}
                y2={plot.y(tick)}
                className="stroke-line"
              />
              <text x={plot.left - 8} y={plot.y(tick)} dy="0.32em" textAnchor="end" className="fill-ink-soft">
                {tickLabel(tick)}
              </text>
            </g>
          ))}
          {(width < middleFrom ? [0, 1] : [0, 0.5, 1]).map((part) => (
            <text
              key={part}
              x={plot.x(part)}
              y={height - 7}
              textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
              className="fill-ink-soft"
            >
              {timeLabel(part)}
            </text>
          ))}
          {children(plot, shown, range)}
        </svg>
      </div>
    </figure>
  );
}

/** The vertical line through the selected value. */
export const Cursor = ({ x, until }: { x: number; until: number }) => (
  <line x1={x} x2={x} y1={CHART_TOP} y2={until} className="stroke-ink" strokeOpacity={0.35} />
);
