import type { BaselinePoint } from '@/api/models';

const HOUR_MS = 3_600_000;

/** What is usual from one part of a range to another. */
export interface Step {
  /** Parts of the range, 0 to 1. */
  from: number;
  to: number;
  lower: number;
  upper: number;
}

/** The hours of a range for which it is known what is usual, those that follow each other together. */
export function bandSteps(points: readonly BaselinePoint[], from: number, to: number): Step[][] {
  const part = (at: number) => Math.min(1, Math.max(0, (at - from) / (to - from)));
  const runs: Step[][] = [];
  let end: number | null = null;
  for (const { hour, lower_ms: lower, upper_ms: upper } of points) {
    const at = Date.parse(hour);
    if (at >= to || at + HOUR_MS <= from) continue;
    const step = { from: part(at), to: part(at + HOUR_MS), lower, upper };
    const run = runs.at(-1);
    if (run && at === end) run.push(step);
    else runs.push([step]);
    end = at + HOUR_MS;
  }
  return runs;
}

/** The outline of a run: along the upper bounds, and back along the lower ones. */
export function bandPath(
  run: readonly Step[],
  x: (part: number) => number,
  y: (ms: number) => number,
): string {
  const upper = run.flatMap((step) => [`${x(step.from)} ${y(step.upper)}`, `${x(step.to)} ${y(step.upper)}`]);
  const lower = run.flatMap((step) => [`${x(step.from)} ${y(step.lower)}`, `${x(step.to)} ${y(step.lower)}`]);
  return `M${[...upper, ...lower.reverse()].join('L')}Z`;
}
