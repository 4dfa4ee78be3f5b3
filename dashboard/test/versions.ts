import type { MonitorVersion, MonitorVersionDetail, VersionDifference } from '@/api/models';

/** A version that holds no more. */
export const version = (changes: Partial<MonitorVersion> = {}): MonitorVersion => ({
  version: 2,
  from: '2025-11-20T11:00:00.000Z',
  until: '2025-11-20T13:00:00.000Z',
  author: { kind: 'member', name: 'Ada' },
  changes: ['interval_seconds'],
  restored: null,
  ...changes,
});

export const difference = (changes: Partial<VersionDifference> = {}): VersionDifference => ({
  field: 'interval_seconds',
  before: 60,
  after: 30,
  secret: false,
  ...changes,
});

export const versionDetail = (changes: Partial<MonitorVersionDetail> = {}): MonitorVersionDetail => ({
  ...version(),
  definition: {
    name: 'Example',
    kind: 'http',
    url: 'https://example.org/',
    interval_seconds: 30,
    paused: false,
    http: { method: 'GET', expected_status: [[200, 399]] },
  },
  differences: [difference()],
  ...changes,
});
