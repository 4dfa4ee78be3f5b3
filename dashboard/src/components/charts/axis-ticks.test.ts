import { expect, it } from 'vitest';
import { axisTicks } from './axis-ticks';

it.each([1, 4, 9, 10, 87, 100, 999, 1_200, 30_000])('has whole ticks up to at least %i ms', (max) => {
  const ticks = axisTicks(max);
  expect(ticks[0]).toBe(0);
  expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
  expect(ticks.length).toBeLessThanOrEqual(5);
  expect(ticks.every(Number.isInteger)).toBe(true);
});
