import type { Point, PointState } from '@/api/types';
import { cx } from '@/lib/cx';

const SLOTS = 30;
const HEIGHT = 28;
const PITCH = 5;

const FILLS: Record<PointState, string> = {
  up: 'fill-up-fill',
  degraded: 'fill-degraded-fill',
  down: 'fill-down-fill',
  skipped: 'fill-line-strong',
};

/** A tick's height tells the response time; a failure takes the full height, so that it shows without colour. */
function tickHeight(point: Point, slowest: number): number {
  if (point.state === 'down') return HEIGHT;
  if (point.state === 'skipped') return 3;
  return 8 + 13 * Math.sqrt((point.latency_ms ?? 0) / slowest);
}

function describe(points: Point[]): string {
  if (points.length === 0) return 'No results yet';
  const failed = points.filter((point) => point.state === 'down').length;
  return `The last ${points.length} results, ${failed === 0 ? 'none' : failed} of them DOWN`;
}

export function Ticks({ points, muted = false }: { points: Point[]; muted?: boolean }) {
  const slowest = Math.max(1, ...points.map((point) => point.latency_ms ?? 0));
  const empty = Math.max(0, SLOTS - points.length);
  return (
    <svg
      role="img"
      aria-label={describe(points)}
      viewBox={`0 0 ${SLOTS * PITCH} ${HEIGHT}`}
      className={cx('h-7 w-37.5', muted && 'opacity-40')}
    >
      {empty > 0 && (
        <line
          x2={empty * PITCH}
          y1={HEIGHT - 1.5}
          y2={HEIGHT - 1.5}
          strokeWidth={3}
          strokeDasharray={`3 ${PITCH - 3}`}
          className="stroke-line"
        />
      )}
      {points.map((point, index) => {
        const height = tickHeight(point, slowest);
        return (
          <rect
            key={point.at}
            x={(empty + index) * PITCH}
            y={HEIGHT - height}
            width={3}
            height={height}
            rx={1.5}
            className={FILLS[point.state]}
          />
        );
      })}
    </svg>
  );
}
