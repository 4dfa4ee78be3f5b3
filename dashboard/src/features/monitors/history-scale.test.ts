import { describe, expect, it } from 'vitest';
import type { Bucket } from '@/api/types';
import { availabilityOf, lookOf, measuredRuns } from './history-scale';

const bucket = (changes: Partial<Bucket>): Bucket => ({
  at: '2026-11-21T10:00:00.000Z',
  up: 5,
  degraded: 0,
  down: 0,
  skipped: 0,
  availability: 1,
  coverage: 1,
  p50_ms: 80,
  p95_ms: 90,
  p99_ms: 95,
  min_ms: 70,
  max_ms: 99,
  ...changes,
});
const gap = bucket({ up: 0, availability: null, coverage: 0, p50_ms: null, p95_ms: null, p99_ms: null });

describe('history', () => {
  it('draws no line across a gap', () => {
    expect(measuredRuns([gap, bucket({}), bucket({}), gap, bucket({})])).toEqual([[1, 2], [4]]);
    expect(measuredRuns([gap])).toEqual([]);
  });

  it('weighs availability by what was measured', () => {
    const half = bucket({ availability: 0, coverage: 0.5 });
    expect(availabilityOf([bucket({}), half, gap])).toBeCloseTo(2 / 3);
    expect(availabilityOf([gap])).toBeNull();
  });

  it('shows the worst of a bucket', () => {
    expect(lookOf(bucket({}))).toBe('up');
    expect(lookOf(bucket({ degraded: 1 }))).toBe('degraded');
    expect(lookOf(bucket({ degraded: 1, down: 1, availability: 0.9 }))).toBe('down');
    expect(lookOf(bucket({ availability: 0.9 }))).toBe('down');
    expect(lookOf(gap)).toBe('none');
  });
});
