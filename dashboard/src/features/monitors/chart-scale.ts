import type { CheckResult } from '@/api/models';

export interface ChartPoint {
  at: number;
  result: CheckResult;
}

/** Oldest first. */
export function chartPoints(results: CheckResult[]): ChartPoint[] {
  return results
    .map((result) => ({ at: Date.parse(result.scheduled_at), result }))
    .sort((a, b) => a.at - b.at);
}

export interface RegionPoints {
  region: string;
  points: ChartPoint[];
}

/** The points of each of several regions, in their order, and then of others that results are from. */
export function pointsByRegion(points: ChartPoint[], regions: readonly string[]): RegionPoints[] {
  const names = new Set([...regions, ...points.map(({ result }) => result.region)]);
  return [...names].map((region) => ({
    region,
    points: points.filter(({ result }) => result.region === region),
  }));
}

/** From the first point to the last one, or a minute on either side of a single one. */
export function timeDomain(points: readonly { at: number }[]): [number, number] {
  const from = points[0]?.at ?? 0;
  const until = points.at(-1)?.at ?? from;
  return from < until ? [from, until] : [from - 60_000, from + 60_000];
}

/** Consecutive successful checks: the line has a gap at each failure. */
export function lineSegments(points: ChartPoint[]): ChartPoint[][] {
  const segments: ChartPoint[][] = [];
  let connected = false;
  for (const point of points) {
    const { state, latency_ms: latency } = point.result;
    const hasResponse = (state === 'up' || state === 'degraded') && latency !== null;
    if (hasResponse && connected) segments.at(-1)?.push(point);
    else if (hasResponse) segments.push([point]);
    connected = hasResponse;
  }
  return segments;
}

/** The index of the point nearest to `at`. */
export function nearestIndex(points: readonly { at: number }[], at: number): number {
  let best = 0;
  points.forEach((point, index) => {
    if (Math.abs(point.at - at) < Math.abs((points[best]?.at ?? 0) - at)) best = index;
  });
  return best;
}
