import type { Point, PointState } from '@/api/models';
import { cx } from '@/lib/cx';
import { common } from '@/messages/common';
import { sparklineSummary } from '@/messages/terms';

const SLOTS = 30;
const HEIGHT = 28;
const PITCH = 5;

const FILLS: Record<PointState, string> = {
  up: 'fill-up-fill',
  degraded: 'fill-degraded-fill',
  down: 'fill-down-fill',
  skipped: 'fill-line-strong',
};

/** Shows the response time; a failure takes the full height, so that it stands out without colour. */
function barHeight(point: Point, slowest: number): number {
  if (point.state === 'down') return HEIGHT;
  if (point.state === 'skipped') return 3;
  return 8 + 13 * Math.sqrt((point.latency_ms ?? 0) / slowest);
}

function describe(points: Point[]): string {
  if (points.length === 0) return common.noResults;
  const down = points.filter((point) => point.state === 'down').length;
  return sparklineSummary(points.length, down);
}

/** Which of the results is so far along the line, of 1; null where there is none. */
export function pointAt(count: number, share: number): number | null {
  const at = Math.floor(share * SLOTS) - Math.max(0, SLOTS - count);
  return at >= 0 && at < count ? at : null;
}

/** How far along the line the middle of a result is, of 1. */
export const placeOf = (count: number, at: number): number => (Math.max(0, SLOTS - count) + at + 0.5) / SLOTS;

export function Sparkline({ points, muted = false }: { points: Point[]; muted?: boolean }) {
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
        const height = barHeight(point, slowest);
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
