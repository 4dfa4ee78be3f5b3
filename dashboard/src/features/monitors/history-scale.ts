import type { Bucket } from '@/api/models';

export type Percentile = 'p50_ms' | 'p95_ms' | 'p99_ms';

/** Indices of consecutive buckets with response times: the line has a gap where there is no data. */
export function lineSegments(buckets: Bucket[]): number[][] {
  const segments: number[][] = [];
  let connected = false;
  buckets.forEach((bucket, index) => {
    const hasData = bucket.p50_ms !== null;
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
