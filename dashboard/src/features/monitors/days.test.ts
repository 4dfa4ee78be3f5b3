import { expect, it } from 'vitest';
import type { Bucket, Incident } from '@/api/models';
import { daysOf, downPart } from './days';

const bucket = (day: number, availability: number | null): Bucket => ({
  ...{ at: `2025-11-0${day}T00:00:00.000Z`, up: 1, degraded: 0, down: 0, skipped: 0, coverage: 1 },
  ...{ availability, p50_ms: null, p95_ms: null, p99_ms: null, min_ms: null, max_ms: null },
});

const incident = (started_at: string, resolved_at: string | null): Incident => ({
  ...{ id: started_at, monitor_id: 42, monitor_name: 'Example', started_at, resolved_at },
  ...{ duration_seconds: 30, close_reason: null, error_code: null, first_error: null, last_error: null },
  acknowledged: null,
});

it('has the last days, by how much of each was up', () => {
  const buckets = [bucket(1, 1), bucket(2, 1), bucket(3, 0.9999), bucket(4, 0.98), bucket(5, null)];
  expect(daysOf(buckets, [], 4).map(({ state }) => state)).toEqual(['up', 'degraded', 'down', 'none']);
});

it('has an incident on each day that it lasted into', () => {
  const over = incident('2025-11-01T23:00:00.000Z', '2025-11-03T00:00:00.000Z');
  const ongoing = incident('2025-11-03T12:00:00.000Z', null);
  const days = daysOf(
    [1, 2, 3, 4].map((day) => bucket(day, 1)),
    [ongoing, over],
    90,
  );
  expect(days.map(({ incidents }) => incidents.map(({ id }) => id))).toEqual([
    [over.id],
    [over.id],
    [ongoing.id],
    [ongoing.id],
  ]);
});

it('shows as much as was down, and a little in any case', () => {
  expect([1, null, 0.9999, 0.5, 0].map((ratio) => downPart({ ratio }))).toEqual([0, 0, 0.12, 0.5, 1]);
});
