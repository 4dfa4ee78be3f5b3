import { expect, it } from 'vitest';
import { atMost } from './at-most';

it('runs all of them, no more at a time than it may, and keeps their order', async () => {
  let running = 0;
  let most = 0;
  const finish: (() => void)[] = [];
  const results = atMost(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => finish.push(resolve));
    running--;
    return item * 10;
  });
  for (let done = 0; done < 7; done++) {
    await expect.poll(() => finish.length).toBeGreaterThan(0);
    // The latest first: what is done out of order still comes back in order.
    finish.pop()?.();
  }
  expect(await results).toEqual([10, 20, 30, 40, 50, 60, 70]);
  expect(most).toBe(3);
});

it('has nothing to do without items', async () => {
  expect(await atMost(5, [], () => Promise.reject(new Error('not called')))).toEqual([]);
});
