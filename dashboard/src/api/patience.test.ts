import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withPatience } from './patience';
import { ApiError } from './problem';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const refused = (status: number, retryAfter: number | null = null) =>
  new ApiError(status, 'Error', '', [], null, retryAfter);

/** Fails with each of the errors in turn. */
function failing(...errors: ApiError[]) {
  return vi.fn(async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'done';
  });
}

it('waits as long as the server says', async () => {
  const send = failing(refused(429, 30));
  const answer = withPatience(send);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(send).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await answer).toBe('done');
});

it('gives up after three tries, and at once where it would have to wait long', async () => {
  const send = failing(refused(429, 1), refused(429), refused(429, 1));
  const answer = expect(withPatience(send)).rejects.toThrow('Error');
  await vi.advanceTimersByTimeAsync(60_000);
  await answer;
  expect(send).toHaveBeenCalledTimes(3);
  await expect(withPatience(failing(refused(429, 3_600)))).rejects.toThrow('Error');
});

it('does not repeat what is refused for another reason', async () => {
  const send = failing(refused(503, 1));
  await expect(withPatience(send)).rejects.toThrow('Error');
  expect(send).toHaveBeenCalledTimes(1);
});
