import { expect, it } from 'vitest';
import type { BaselinePoint } from '@/api/models';
import { bandPath, bandSteps } from './band';

const HOUR = 3_600_000;
const FROM = Date.parse('2026-11-21T10:00:00.000Z');

const point = (hour: number, upper_ms = 200): BaselinePoint => ({
  hour: new Date(FROM + hour * HOUR).toISOString(),
  lower_ms: 50,
  median_ms: 100,
  upper_ms,
  hours: 8,
  by_day: false,
});

it('has a gap where it is not known what is usual', () => {
  const runs = bandSteps([point(0), point(1), point(3)], FROM, FROM + 4 * HOUR);
  expect(runs.map((run) => run.map(({ from, to }) => [from, to]))).toEqual([
    [
      [0, 0.25],
      [0.25, 0.5],
    ],
    [[0.75, 1]],
  ]);
});

it('ends with the range', () => {
  const runs = bandSteps([point(-2), point(-1), point(0), point(2)], FROM - HOUR / 2, FROM + HOUR / 2);
  expect(runs.map((run) => run.map(({ from, to }) => [from, to]))).toEqual([
    [
      [0, 0.5],
      [0.5, 1],
    ],
  ]);
  expect(bandSteps([], FROM, FROM + HOUR)).toEqual([]);
});

it('is an outline in steps', () => {
  const [run] = bandSteps([point(0), point(1, 300)], FROM, FROM + 2 * HOUR);
  const path = bandPath(
    run ?? [],
    (part) => part * 10,
    (ms) => ms,
  );
  expect(path).toBe('M0 200L5 200L5 300L10 300L10 50L5 50L5 50L0 50Z');
});
