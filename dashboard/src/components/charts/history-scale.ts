import type { Bucket, Series } from '@/api/models';

export type Percentile = 'p50_ms' | 'p95_ms' | 'p99_ms';

/** Response times, one of each bucket. */
export type Values = readonly (number | null)[];

/** The medians of each region, in the buckets of the whole; null where the regions are not shown one by one. */
export function mediansByRegion({ buckets, regions }: Series): { region: string; values: Values }[] | null {
  if (!regions || regions.length < 2) return null;
  return regions.map(({ region, points }) => {
    const medians = new Map(points.map(({ at, p50_ms }) => [Date.parse(at), p50_ms]));
    return { region, values: buckets.map(({ at }) => medians.get(Date.parse(at)) ?? null) };
  });
}

/** Indices of consecutive buckets with response times: the line has a gap where there is no data. */
export function lineSegments(values: Values): number[][] {
  const segments: number[][] = [];
  let connected = false;
  values.forEach((value, index) => {
    const hasData = value !== null;
    if (hasData && connected) segments.at(-1)?.push(index);
    else if (hasData) segments.push([index]);
    connected = hasData;
  });
  return segments;
}

export type BucketState = 'up' | 'degraded' | 'down' | 'none';

/** The worst state in a bucket. */
export function bucketState({ availability, degraded, down }: Bucket): BucketState {
  if (availability === null) return 'none';
  if (down > 0 || availability < 1) return 'down';
  return degraded > 0 ? 'degraded' : 'up';
}
