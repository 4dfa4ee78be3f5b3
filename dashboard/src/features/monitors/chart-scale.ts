import type { CheckResult } from '@/api/types';

/** Round and whole steps of a latency axis that starts at 0: at most five, the last one at or above `max`. */
export function latencySteps(max: number): number[] {
  const rough = Math.max(max, 4) / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  // A half of a millisecond would be shown rounded, next to a line that is not there.
  const isStep = (factor: number) => factor * magnitude >= rough && Number.isInteger(factor * magnitude);
  const step = ([1, 2, 2.5, 5, 10].find(isStep) ?? 10) * magnitude;
  return Array.from({ length: Math.ceil(max / step) + 1 }, (_, index) => index * step);
}

export interface ChartPoint {
  at: number;
  result: CheckResult;
}

/** Oldest first, as a chart is read. */
export function chartPoints(results: CheckResult[]): ChartPoint[] {
  return results
    .map((result) => ({ at: Date.parse(result.scheduled_at), result }))
    .sort((a, b) => a.at - b.at);
}

/** From the first point to the last one; around a single one, a minute on either side. */
export function timeSpan(points: ChartPoint[]): [number, number] {
  const from = points[0]?.at ?? 0;
  const until = points.at(-1)?.at ?? from;
  return from < until ? [from, until] : [from - 60_000, from + 60_000];
}

/** Runs of answered checks: the line is not drawn across a failure, as if there had been an answer. */
export function answeredRuns(points: ChartPoint[]): ChartPoint[][] {
  const runs: ChartPoint[][] = [];
  let open = false;
  for (const point of points) {
    const { state, latency_ms: latency } = point.result;
    const answered = (state === 'up' || state === 'degraded') && latency !== null;
    if (answered && open) runs.at(-1)?.push(point);
    else if (answered) runs.push([point]);
    open = answered;
  }
  return runs;
}

/** The index of the point nearest to `at`. */
export function nearestIndex(points: ChartPoint[], at: number): number {
  let best = 0;
  points.forEach((point, index) => {
    if (Math.abs(point.at - at) < Math.abs((points[best]?.at ?? 0) - at)) best = index;
  });
  return best;
}
