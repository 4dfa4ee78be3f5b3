import type { Bucket } from '@/api/types';

export type Percentile = 'p50_ms' | 'p95_ms' | 'p99_ms';

/** Runs of neighbouring buckets with latencies: the line is not drawn across a gap, as if there had been answers. */
export function measuredRuns(buckets: Bucket[]): number[][] {
  const runs: number[][] = [];
  let open = false;
  buckets.forEach((bucket, index) => {
    const measured = bucket.p50_ms !== null;
    if (measured && open) runs.at(-1)?.push(index);
    else if (measured) runs.push([index]);
    open = measured;
  });
  return runs;
}

/** The availability of the whole range: each bucket counts for as long as it was measured. */
export function availabilityOf(buckets: Bucket[]): number | null {
  let up = 0;
  let measured = 0;
  for (const { availability, coverage } of buckets) {
    if (availability === null) continue;
    up += availability * coverage;
    measured += coverage;
  }
  return measured > 0 ? up / measured : null;
}

export type BucketLook = 'up' | 'degraded' | 'down' | 'none';

/** What a bucket looks like at a glance: the worst that was seen in it. */
export function lookOf({ availability, degraded, down }: Bucket): BucketLook {
  if (availability === null) return 'none';
  if (down > 0 || availability < 1) return 'down';
  return degraded > 0 ? 'degraded' : 'up';
}
