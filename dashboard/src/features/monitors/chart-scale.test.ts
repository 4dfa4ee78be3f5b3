import { expect, it } from 'vitest';
import type { CheckResult, PointState } from '@/api/types';
import { answeredRuns, chartPoints, latencySteps, timeSpan } from './chart-scale';

const result = (minute: number, state: PointState, latency_ms: number | null): CheckResult => ({
  scheduled_at: `2025-11-20T12:0${minute}:00.000Z`,
  checked_at: null,
  outcome: state,
  state,
  latency_ms,
  status_code: null,
  error: null,
  error_code: null,
  attempts: 1,
  region: 'default',
});

it.each([1, 4, 9, 10, 87, 100, 999, 1_200, 30_000])('has whole steps up to at least %i ms', (max) => {
  const steps = latencySteps(max);
  expect(steps[0]).toBe(0);
  expect(steps.at(-1)).toBeGreaterThanOrEqual(max);
  expect(steps.length).toBeLessThanOrEqual(5);
  expect(steps.every(Number.isInteger)).toBe(true);
});

it('draws no line across a failure, also when the failure has a response time', () => {
  const newestFirst = [
    result(4, 'up', 12),
    result(3, 'degraded', 900),
    result(2, 'down', 15),
    result(1, 'up', 10),
  ];
  const runs = answeredRuns(chartPoints(newestFirst));
  expect(runs.map((run) => run.map((point) => point.result.latency_ms))).toEqual([[10], [900, 12]]);
});

it('has room around a single point', () => {
  const [only] = chartPoints([result(5, 'up', 12)]);
  const [from, until] = timeSpan(only ? [only] : []);
  expect(from).toBeLessThan(only?.at ?? 0);
  expect(until).toBeGreaterThan(only?.at ?? 0);
});
