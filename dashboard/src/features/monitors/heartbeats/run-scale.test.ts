import { expect, it } from 'vitest';
import { ping } from '../../../../test/heartbeats';
import { axisUnit, runsOf } from './run-scale';

it('takes the runs that have ended, the oldest first', () => {
  const pings = [
    ping(5, 'success', { duration_ms: 500 }),
    ping(4, 'fail', { duration_ms: 400 }),
    ping(3, 'log', { duration_ms: 300 }),
    ping(2, 'success'),
    ping(1, 'start'),
  ];
  expect(runsOf(pings).map(({ durationMs }) => durationMs)).toEqual([400, 500]);
});

it.each([
  [1_500, 'ms'],
  [30_000, 's'],
  [119_000, 's'],
  [120_000, 'min'],
  [3 * 3_600_000, 'h'],
  [3 * 86_400_000, 'd'],
])('has an axis up to %i ms in %s', (max, label) => {
  expect(axisUnit(max).label).toBe(label);
});
