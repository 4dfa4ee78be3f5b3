import { expect, it } from 'vitest';
import { monitor } from '../../../test/server';
import { nextCheck } from './next-check';

const CHECKED = Date.parse(monitor().status.last_checked_at ?? '');
/** Every minute, with two attempts of 10 s and a second between them. */
const after = (seconds: number, changes: Parameters<typeof monitor>[0] = {}) =>
  nextCheck(monitor(changes), CHECKED + seconds * 1_000);

it('is an interval after the last one', () => {
  expect(after(12)).toEqual({ leftMs: 48_000, isLate: false });
  expect(after(12, { interval_seconds: 300 })?.leftMs).toBe(288_000);
});

it('is late once a check would have failed, and its result be there', () => {
  expect(after(111)).toEqual({ leftMs: -51_000, isLate: false });
  expect(after(112)?.isLate).toBe(true);
  expect(after(140, { retries: 3, retry_delay_ms: 5_000 })?.isLate).toBe(false);
});

it('is not known where nothing is checked, or was', () => {
  const { status } = monitor();
  expect(after(12, { paused: true })).toBeNull();
  expect(after(12, { interval_seconds: null })).toBeNull();
  expect(after(12, { status: { ...status, last_checked_at: null } })).toBeNull();
});
