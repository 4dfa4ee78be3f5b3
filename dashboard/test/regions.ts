import type { IncidentRegions, Monitor, RegionStatus, Regions } from '@/api/models';

/** Where monitors can be checked from; the first is the home region. */
export const regions = (names: string[]): Regions => ({
  home: names[0] ?? 'default',
  items: names.map((name) => ({ name, pods: 1, last_seen_at: '2025-11-20T12:00:00.000Z' })),
});

export const THREE = regions(['eu', 'us', 'ap']);

/** What a region finds of a monitor. */
export const vote = (region: string, changes: Partial<RegionStatus> = {}): RegionStatus => ({
  region,
  state: 'up',
  since: '2025-11-20T10:00:00.000Z',
  last_checked_at: '2025-11-20T12:00:00.000Z',
  latency_ms: 87,
  error_code: null,
  error: null,
  ...changes,
});

export const REFUSED: Partial<RegionStatus> = {
  state: 'down',
  latency_ms: null,
  error_code: 'connect_refused',
  error: 'connection refused',
};

/** Of a monitor that is down from one of three regions, and up since two are needed. */
export const VOTES: RegionStatus[] = [vote('ap'), vote('eu', { latency_ms: 20 }), vote('us', REFUSED)];

/** What is different of a monitor that three regions check. */
export const fromThree = (status: Monitor['status'], votes = VOTES): Partial<Monitor> => ({
  regions: ['ap', 'eu', 'us'],
  quorum: { down: 'majority', min_regions: null },
  status: { ...status, regions: votes },
});

export const DOWN_FROM_TWO: IncidentRegions = { down: ['eu', 'us'], up: ['ap'], absent: [] };
