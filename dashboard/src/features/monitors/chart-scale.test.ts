import { expect, it } from 'vitest';
import type { CheckResult, PointState } from '@/api/models';
import { chartPoints, lineSegments, pointsByRegion, timeDomain } from './chart-scale';

const result = (minute: number, state: PointState, latency_ms: number | null): CheckResult => ({
  scheduled_at: `2025-11-20T12:0${minute}:00.000Z`,
  checked_at: null,
  outcome: state === 'degraded' ? 'up' : state,
  state,
  latency_ms,
  status_code: null,
  error: null,
  error_code: null,
  attempts: 1,
  region: 'default',
});

it('has a gap at a failure, even one with a response time', () => {
  const newestFirst = [
    result(4, 'up', 12),
    result(3, 'degraded', 900),
    result(2, 'down', 15),
    result(1, 'up', 10),
  ];
  const segments = lineSegments(chartPoints(newestFirst));
  expect(segments.map((segment) => segment.map((point) => point.result.latency_ms))).toEqual([
    [10],
    [900, 12],
  ]);
});

it('pads a single point', () => {
  const [only] = chartPoints([result(5, 'up', 12)]);
  const [from, until] = timeDomain(only ? [only] : []);
  expect(from).toBeLessThan(only?.at ?? 0);
  expect(until).toBeGreaterThan(only?.at ?? 0);
});

it('has the points of each region by themselves, in the order of the regions', () => {
  const from = (minute: number, region: string) => ({ ...result(minute, 'up', minute), region });
  const points = chartPoints([from(4, 'us'), from(3, 'eu'), from(2, 'old'), from(1, 'us')]);
  const found = pointsByRegion(points, ['ap', 'eu', 'us']);
  expect(found.map((each) => [each.region, each.points.map((point) => point.result.latency_ms)])).toEqual([
    ['ap', []],
    ['eu', [3]],
    ['us', [1, 4]],
    ['old', [2]],
  ]);
});
