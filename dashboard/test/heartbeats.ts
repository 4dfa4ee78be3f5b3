import { HttpResponse } from 'msw';
import type { Heartbeat, Monitor, Ping, PingKind, Role, SchedulePreview } from '@/api/models';
import { http, monitor, page, serveQuietAccount, server } from './server';

/** An instant from now, in seconds. */
export const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();

const PING_URL = 'https://up.example.org/ping/0b9c5e1e-6f0a-4f5e-9d0c-2f7a1b3c4d5e';

export function heartbeatMonitor(
  status: Partial<Monitor['status']> = {},
  changes: Partial<Monitor> = {},
): Monitor {
  const { http: _, ...base } = monitor({ name: 'Nightly backup', kind: 'heartbeat' });
  return {
    ...base,
    url: 'heartbeat://nightly-backup',
    interval_seconds: null,
    timeout_ms: null,
    retries: null,
    retry_delay_ms: null,
    up_after: null,
    slow_ms: null,
    heartbeat: {
      schedule: { period_seconds: 86_400 },
      grace_seconds: 3_600,
      early_seconds: 0,
      post_only: false,
    },
    sparkline: [],
    status: {
      state: 'up',
      since: inSeconds(-90_000),
      last_checked_at: null,
      latency_ms: null,
      status_code: null,
      error: null,
      error_code: null,
      incident_id: null,
      last_ping_at: inSeconds(-3_600),
      due_at: inSeconds(82_800),
      overdue_at: inSeconds(86_400),
      ...status,
    },
    ...changes,
  };
}

export const heartbeat = (changes: Partial<Heartbeat> = {}): Heartbeat => ({
  ping_url: PING_URL,
  ping_url_by_slug: 'https://up.example.org/ping/k3y/nightly-backup',
  push_url: 'https://up.example.org/api/push/t0k3n',
  slug: 'nightly-backup',
  ping_uuid: '0b9c5e1e-6f0a-4f5e-9d0c-2f7a1b3c4d5e',
  badge_key: 'b4dg3',
  schedule_text: 'Every day',
  next_dates: ['2125-11-21T03:00:00.000Z', '2125-11-22T03:00:00.000Z'],
  last_ping_at: inSeconds(-3_600),
  runs: [],
  ...changes,
});

/** As the server answers those who may not change it. */
export const hiddenHeartbeat = (): Heartbeat =>
  heartbeat({ ping_url: null, ping_url_by_slug: null, push_url: null, ping_uuid: null });

export const ping = (n: number, kind: PingKind = 'success', changes: Partial<Ping> = {}): Ping => ({
  n,
  id: `01936f1e-0000-7000-8000-${String(n).padStart(12, '0')}`,
  at: new Date(Date.UTC(2025, 10, 20, 10, n)).toISOString(),
  kind,
  run_id: null,
  exit_status: null,
  duration_ms: null,
  message: null,
  method: 'GET',
  scheme: 'https',
  address: '192.0.2.7',
  user_agent: 'curl/8.5.0',
  body_bytes: 0,
  has_body: false,
  ...changes,
});

export const schedulePreview = (changes: Partial<SchedulePreview> = {}): SchedulePreview => ({
  kind: 'period',
  text: 'Every day',
  next_dates: ['2025-11-21T03:00:00.000Z', '2025-11-22T03:00:00.000Z'],
  ...changes,
});

/** Handlers of the page of a heartbeat; a test overrides what it is about. */
export function serveHeartbeat(
  shown: Monitor = heartbeatMonitor(),
  pings: Ping[] = [],
  role: Role = 'editor',
) {
  serveQuietAccount([shown], role);
  const window = { ratio: 1, downtime_seconds: 0, incidents: 0, coverage: 1 };
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(shown)),
    http.get('/monitors/{id}/uptime', () =>
      HttpResponse.json({ '24h': window, '7d': window, '30d': window, '90d': window, '365d': window }),
    ),
    http.get('/monitors/{id}/heartbeat', () =>
      HttpResponse.json(role === 'viewer' ? hiddenHeartbeat() : heartbeat()),
    ),
    http.get('/monitors/{id}/pings', () => HttpResponse.json(page(pings))),
    http.get('/incidents', () => HttpResponse.json(page([]))),
  );
}
