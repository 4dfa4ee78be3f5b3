import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useCalm } from './use-calm';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('follows changes at its own pace, however often they come, and has the last of them', () => {
  const { result, rerender } = renderHook(({ value, key }) => useCalm(value, key, 1_000), {
    initialProps: { value: 0, key: 'a' },
  });
  const seen = new Set<number>();
  for (let value = 1; value <= 250; value++) {
    rerender({ value, key: 'a' });
    act(() => {
      vi.advanceTimersByTime(10);
    });
    seen.add(result.current);
  }
  expect(seen.size).toBeLessThanOrEqual(4);
  act(() => {
    vi.advanceTimersByTime(1_000);
  });
  expect(result.current).toBe(250);
});

it('does not wait where it is another thing', () => {
  const { result, rerender } = renderHook(({ value, key }) => useCalm(value, key, 1_000), {
    initialProps: { value: 1, key: 'a' },
  });
  rerender({ value: 2, key: 'b' });
  expect(result.current).toBe(2);
});
