import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MAX_WORK_MS, throttleByKey } from './throttle';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PAUSE = 1_000;

/** Work that ends when the test says so. */
function slowWork() {
  const runs: string[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const work = (key: string) => {
    runs.push(key);
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
  };
  return { runs, ends, throttled: throttleByKey(work, PAUSE, (key) => key) };
}

it('runs at once, then once for all calls of the pause, each key by itself', async () => {
  const runs: string[] = [];
  const throttled = throttleByKey((key: string) => runs.push(key), PAUSE, String);
  for (const key of ['a', 'a', 'b', 'a']) throttled.call(key);
  expect(runs).toEqual(['a', 'b']);
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect(runs).toEqual(['a', 'b', 'a']);
  await vi.advanceTimersByTimeAsync(10 * PAUSE);
  expect(runs).toEqual(['a', 'b', 'a']);
});

it('does not begin anew what is under way, however long it takes', async () => {
  const { runs, ends, throttled } = slowWork();
  for (let second = 0; second < 20; second++) {
    throttled.call('a');
    await vi.advanceTimersByTimeAsync(PAUSE);
  }
  expect(runs).toHaveLength(1);
  ends[0]?.resolve();
  await vi.advanceTimersByTimeAsync(PAUSE - 1);
  expect(runs).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(runs).toHaveLength(2);
});

it('goes on after work that failed, and after work that never ends', async () => {
  const { runs, ends, throttled } = slowWork();
  throttled.call('a');
  throttled.call('a');
  ends[0]?.reject(new Error('refused'));
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect(runs).toHaveLength(2);
  throttled.call('a');
  await vi.advanceTimersByTimeAsync(MAX_WORK_MS + PAUSE);
  expect(runs).toHaveLength(3);
});

it('runs nothing any more once it is cancelled', async () => {
  const { runs, ends, throttled } = slowWork();
  throttled.call('a');
  throttled.call('a');
  throttled.cancel();
  ends[0]?.resolve();
  await vi.advanceTimersByTimeAsync(MAX_WORK_MS + PAUSE);
  expect(runs).toHaveLength(1);
});
