import { describe, expect, it } from 'vitest';
import type { Bucket } from '@/api/models';
import { bucketState, lineSegments, mediansByRegion } from './history-scale';

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
  it('has a gap where there is no data', () => {
    expect(lineSegments([null, 80, 80, null, 80])).toEqual([[1, 2], [4]]);
    expect(lineSegments([null])).toEqual([]);
  });

  it('has the medians of each region in the buckets of the whole', () => {
    const at = (minute: number, p50_ms: number | null) =>
      bucket({ at: `2026-11-21T10:0${minute}:00.000Z`, p50_ms });
    const series = { from: '', to: '', bucket_seconds: 60, buckets: [at(0, 50), at(1, 60), at(2, 70)] };
    const regions = [
      { region: 'eu', points: [at(0, 20), at(2, 30)] },
      { region: 'us', points: [at(1, 90), at(2, null)] },
    ];
    expect(mediansByRegion({ ...series, regions })).toEqual([
      { region: 'eu', values: [20, null, 30] },
      { region: 'us', values: [null, 90, null] },
    ]);
    expect(mediansByRegion(series)).toBeNull();
    expect(mediansByRegion({ ...series, regions: regions.slice(1) })).toBeNull();
  });

  it('shows the worst state of a bucket', () => {
    expect(bucketState(bucket({}))).toBe('up');
    expect(bucketState(bucket({ degraded: 1 }))).toBe('degraded');
    expect(bucketState(bucket({ degraded: 1, down: 1, availability: 0.9 }))).toBe('down');
    expect(bucketState(bucket({ availability: 0.9 }))).toBe('down');
    expect(bucketState(gap)).toBe('none');
  });
});
