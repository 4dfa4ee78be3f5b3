/** Mock SLA reports: of made-up figures, the same each time for the same monitor. */
import type {
  SlaContent,
  SlaMonitor,
  SlaReport,
  SlaReportInput,
  SlaResult,
  SlaSchedule,
  SlaScheduleInput,
  SlaSelection,
} from '../src/api/models';
import * as data from './mock-data';
import { fail, found, list, on, pageOf } from './mock-routes';
import { pages } from './mock-status-pages';

const MONTH_MS = 31 * 86_400_000;
const reports = new Map<number, SlaReport>();
const schedules = new Map<number, SlaSchedule>();

const hex = (id: number) => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;

function resultOf(target: number, downs: number[]): SlaResult {
  const [down, length] = [downs.reduce((sum, each) => sum + each, 0), downs.length * MONTH_MS];
  const ratio = 1 - down / length;
  const figures = {
    ratio,
    percent: (Math.floor(ratio * 100_000) / 1_000).toFixed(3),
    up_ms: length - down,
    degraded_ms: 0,
    down_ms: down,
    length_ms: length,
    coverage: 1,
    incidents: downs.filter((each) => each > 0).length,
  };
  const allowed = Math.floor((length * (100 - target)) / 100);
  const mean = {
    mean_ms: figures.incidents > 0 ? down / figures.incidents : null,
    incidents: figures.incidents,
  };
  return {
    all_time: figures,
    without_maintenance: figures,
    met: down <= allowed,
    budget: { allowed_ms: allowed, used_ms: down, left_ms: allowed - down },
    mtta: mean,
    mttr: mean,
    latency: { p50_ms: 81, p95_ms: 240, p99_ms: 512 },
  };
}

function selectionOf(input: SlaReportInput['selection']): SlaSelection {
  if (input?.tag) return { tag: input.tag };
  return input?.status_page ? { status_page: input.status_page } : { monitors: input?.monitors ?? [] };
}

function isSelected({ id, tags }: { id: number; tags: string[] }, selection: SlaSelection): boolean {
  if ('tag' in selection) return tags.includes(selection.tag);
  if ('monitors' in selection) return selection.monitors.includes(id);
  const groups = pages.get(selection.status_page)?.groups ?? [];
  return groups.some(({ components }) => components.some(({ monitor_id }) => monitor_id === id));
}

function contentOf({ name, period, selection, target, ...input }: SlaReportInput): SlaContent {
  const goal = target ?? 99.9;
  const selected = selectionOf(selection);
  const of = [...data.monitors.values()].filter((monitor) => isSelected(monitor, selected));
  if (of.length === 0) fail(422, 'a field is not valid', [{ field: 'selection', message: 'has no monitor' }]);
  const from = new Date(`${period?.month ?? period?.from ?? '2025-10'}`.slice(0, 7));
  const label = period?.quarter ?? from.toLocaleString('en-GB', { month: 'long', year: 'numeric' });
  const downOf = (id: number) => (id % 3) * 1_800_500;
  const monitors = of.map(
    ({ id, name: monitor }): SlaMonitor => ({
      ...resultOf(goal, [downOf(id)]),
      id,
      name: monitor,
      from: from.toISOString(),
      to: new Date(from.getTime() + MONTH_MS).toISOString(),
      incidents:
        downOf(id) === 0
          ? []
          : [
              {
                id: hex(id),
                started_at: new Date(from.getTime() + id * 3_600_000).toISOString(),
                ended_at: new Date(from.getTime() + id * 3_600_000 + downOf(id)).toISOString(),
                duration_ms: downOf(id),
                ended_by: 'recovered',
                cause: 'connect_timeout',
                within_maintenance: false,
                acknowledged_at: null,
              },
            ],
      incidents_left_out: 0,
    }),
  );
  const met = monitors.filter((monitor) => monitor.met).length;
  return {
    name: name ?? label,
    organisation: 'Example',
    period: {
      kind: 'month' as SlaContent['period']['kind'],
      label,
      time_zone: input.time_zone ?? 'UTC',
      from: from.toISOString(),
      to: new Date(from.getTime() + MONTH_MS).toISOString(),
    },
    preliminary: from.getTime() + MONTH_MS > Date.now(),
    computed_at: new Date().toISOString(),
    selection: selected,
    target: goal,
    exclude_maintenance: input.exclude_maintenance ?? true,
    total: {
      ...resultOf(
        goal,
        monitors.map(({ id }) => downOf(id)),
      ),
      monitors_met: met,
      monitors_missed: monitors.length - met,
      monitors_unmeasured: 0,
    },
    monitors,
    method: {
      version: 1,
      statements: ['These figures are made up.'],
      url: 'https://github.com/uptime-monitor/uptime-monitor/blob/main/docs/SLA.md',
    },
  };
}

on('get', '/sla-reports', ({ query }) => {
  const summaries = [...reports.values()].reverse().map(({ total, monitors, ...report }) => ({
    id: report.id,
    schedule_id: report.schedule_id,
    created_at: report.created_at,
    name: report.name,
    period: report.period,
    preliminary: report.preliminary,
    target: report.target,
    percent: total.without_maintenance.percent,
    met: total.met,
    monitors: monitors.length,
    monitors_missed: total.monitors_missed,
  }));
  return pageOf(summaries, query);
});
on('post', '/sla-reports/preview', ({ body }) => contentOf(body));
on('post', '/sla-reports', ({ body }) => {
  const id = data.nextId();
  const report = { ...contentOf(body), id, schedule_id: null, created_at: new Date().toISOString() };
  reports.set(id, report);
  return report;
});
on('get', '/sla-reports/{id}', ({ id }) => found(reports.get(Number(id))));
on('get', '/sla-reports/{id}/file', ({ id }) => found(reports.get(Number(id))));
on('delete', '/sla-reports/{id}', ({ id }) => {
  reports.delete(Number(id));
  return undefined;
});

function scheduleOf(old: SlaSchedule | null, { selection, ...input }: SlaScheduleInput): SlaSchedule {
  const now = new Date();
  return {
    id: old?.id ?? data.nextId(),
    name: input.name ?? old?.name ?? '',
    cadence: input.cadence ?? old?.cadence ?? ('monthly' as SlaSchedule['cadence']),
    time_zone: input.time_zone ?? old?.time_zone ?? 'UTC',
    selection: selection ? selectionOf(selection) : (old?.selection ?? { monitors: [] }),
    target: input.target ?? old?.target ?? 99.9,
    exclude_maintenance: input.exclude_maintenance ?? old?.exclude_maintenance ?? true,
    recipients: input.recipients ?? old?.recipients ?? [],
    enabled: input.enabled ?? old?.enabled ?? true,
    next_at: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 2, 6)).toISOString(),
    last_report_id: null,
    error: null,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? now.toISOString(),
    updated_at: now.toISOString(),
  };
}

const keep = (schedule: SlaSchedule): SlaSchedule => {
  schedules.set(schedule.id, schedule);
  return schedule;
};

on('get', '/sla-schedules', () => list([...schedules.values()]));
on('post', '/sla-schedules', ({ body }) => keep(scheduleOf(null, body)));
on('patch', '/sla-schedules/{id}', ({ id, body }) =>
  keep(scheduleOf(found(schedules.get(Number(id))), body)),
);
on('delete', '/sla-schedules/{id}', ({ id }) => {
  schedules.delete(Number(id));
  return undefined;
});
