import type {
  SlaContent,
  SlaIncident,
  SlaMonitor,
  SlaReport,
  SlaReportSummary,
  SlaResult,
  SlaSchedule,
} from '@/api/models';

const figures = (down_ms: number, percent: string | null): SlaResult['all_time'] => ({
  ratio: percent === null ? null : Number(percent) / 100,
  percent,
  up_ms: 2_592_000_000 - down_ms,
  degraded_ms: 0,
  down_ms,
  length_ms: 2_678_400_000,
  coverage: 0.967,
  incidents: down_ms > 0 ? 1 : 0,
});

export const slaResult = (changes: Partial<SlaResult> = {}): SlaResult => ({
  all_time: figures(2_664_500, '99.897'),
  without_maintenance: figures(2_604_500, '99.899'),
  met: false,
  budget: { allowed_ms: 2_592_000, used_ms: 2_604_500, left_ms: -12_500 },
  mtta: { mean_ms: 65_000, incidents: 1 },
  mttr: { mean_ms: 2_604_500, incidents: 1 },
  latency: { p50_ms: 81, p95_ms: 240, p99_ms: 512 },
  ...changes,
});

export const slaIncident = (changes: Partial<SlaIncident> = {}): SlaIncident => ({
  id: '82f05d36-573a-59ff-9bcb-fc8dc8e27aa8',
  started_at: '2025-10-26T00:30:00.000Z',
  ended_at: '2025-10-26T01:13:24.500Z',
  duration_ms: 2_604_500,
  ended_by: 'recovered',
  cause: 'connect_timeout',
  within_maintenance: false,
  acknowledged_at: '2025-10-26T00:31:05.000Z',
  acknowledged_by: 'Eve',
  ...changes,
});

export const slaMonitor = (changes: Partial<SlaMonitor> = {}): SlaMonitor => ({
  ...slaResult(),
  id: 42,
  name: 'Shop',
  from: '2025-09-30T22:00:00.000Z',
  to: '2025-10-31T23:00:00.000Z',
  incidents: [slaIncident()],
  incidents_left_out: 0,
  ...changes,
});

const quiet: Partial<SlaResult> = {
  all_time: figures(0, '100.000'),
  without_maintenance: figures(0, '100.000'),
  met: true,
  budget: { allowed_ms: 2_592_000, used_ms: 0, left_ms: 2_592_000 },
  mtta: { mean_ms: null, incidents: 0 },
  mttr: { mean_ms: null, incidents: 0 },
};

export const slaContent = (changes: Partial<SlaContent> = {}): SlaContent => ({
  name: 'October 2025',
  organisation: 'Ada',
  period: {
    kind: 'month',
    label: 'October 2025',
    time_zone: 'Europe/Berlin',
    from: '2025-09-30T22:00:00.000Z',
    to: '2025-10-31T23:00:00.000Z',
  } as SlaContent['period'],
  preliminary: false,
  computed_at: '2025-11-02T05:00:00.000Z',
  selection: { tag: 'shop' },
  target: 99.9,
  exclude_maintenance: true,
  total: {
    ...slaResult({ met: true, budget: { allowed_ms: 5_184_000, used_ms: 2_604_500, left_ms: 2_579_500 } }),
    monitors_met: 1,
    monitors_missed: 1,
    monitors_unmeasured: 0,
  },
  monitors: [slaMonitor(), slaMonitor({ ...quiet, id: 43, name: 'Search', incidents: [] })],
  method: {
    version: 1,
    statements: ['Uptime is a ratio over time.', 'All monitors together are the sums of their times.'],
    url: 'https://docs.example/SLA.md',
  },
  ...changes,
});

export const slaReport = (changes: Partial<SlaReport> = {}): SlaReport => ({
  ...slaContent(),
  id: 5,
  schedule_id: null,
  created_at: '2025-11-02T05:00:00.000Z',
  ...changes,
});

export const slaSummary = (changes: Partial<SlaReportSummary> = {}): SlaReportSummary => ({
  id: 5,
  schedule_id: null,
  created_at: '2025-11-02T05:00:00.000Z',
  name: 'Portal',
  period: slaContent().period,
  preliminary: false,
  target: 99.9,
  percent: '99.949',
  met: true,
  monitors: 2,
  monitors_missed: 1,
  ...changes,
});

export const slaSchedule = (changes: Partial<SlaSchedule> = {}): SlaSchedule => ({
  id: 3,
  name: 'Portal',
  cadence: 'monthly' as SlaSchedule['cadence'],
  time_zone: 'Europe/Berlin',
  selection: { tag: 'shop' },
  target: 99.9,
  exclude_maintenance: true,
  recipients: [1],
  enabled: true,
  next_at: '2025-12-02T05:00:00.000Z',
  last_report_id: 5,
  error: null,
  version: 2,
  created_at: '2025-10-20T10:00:00.000Z',
  updated_at: '2025-10-20T10:00:00.000Z',
  ...changes,
});
