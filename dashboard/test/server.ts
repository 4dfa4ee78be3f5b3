import { HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { createOpenApiHttp } from 'openapi-msw';
import type {
  ApiKey,
  AuditEvent,
  Baseline,
  Bucket,
  Channel,
  FieldProblem,
  MaintenanceWindow,
  Member,
  MemberInvitation,
  Monitor,
  OnDemandCheck,
  Problem,
  Role,
  RouteExplanation,
  Series,
  Session,
  Silence,
  Summary,
  Usage,
  WindowSchedule,
} from '@/api/models';
import type { paths } from '@/api/schema';
import { backtest } from './backtest';
import { regions } from './regions';

/** Handlers of requests, typed by the API's document. */
export const http = createOpenApiHttp<paths>({ baseUrl: '*/api/v1' });

/** What pages ask for beside what they are about: there is nothing. */
export const server = setupServer(
  http.get('/me/deletion', () => HttpResponse.json({ deletion: null, deleted_with_it: [], blocked_by: [] })),
  http.get('/orgs/{id}/deletion', () => HttpResponse.json({ deletion: null, with_account: false })),
  http.get('/api-keys', () => HttpResponse.json({ items: [], next_cursor: null })),
  http.get('/me/exports', () => HttpResponse.json({ items: [] })),
  http.post('/schedules/preview', () =>
    HttpResponse.json({ kind: 'period', text: 'Every day', next_dates: [] }),
  ),
  http.get('/incidents/{id}/status-report-drafts', () => HttpResponse.json({ items: [] })),
  http.post('/monitors/{id}/backtest', () => HttpResponse.json(backtest({ results: 0 }))),
  http.get('/monitors/{id}/alert-route', () => HttpResponse.json(explanation())),
  http.get('/maintenance-windows', () => HttpResponse.json({ items: [], next_cursor: null })),
  http.get('/maintenance-windows/{id}/occurrences', () => HttpResponse.json({ occurrences: [] })),
  http.get('/monitors/{id}/results', () => HttpResponse.json({ items: [], next_cursor: null })),
  http.get('/me/audit-log', () => HttpResponse.json({ items: [], next_cursor: null })),
  http.get('/regions', () => HttpResponse.json(regions(['default']))),
);

export const session = (token: string, role: Role = 'owner'): Session => ({
  access_token: token,
  expires_in: 3600,
  user: {
    id: 1,
    email: 'ada@example.org',
    name: 'Ada',
    email_verified: true,
    second_factor: false,
    pending_email: null,
  },
  org: { id: 1, name: 'Ada', role, only_tags: null, require_second_factor: false, version: 1 },
});

export const page = <T>(items: T[]): { items: T[]; next_cursor: string | null } => ({
  items,
  next_cursor: null,
});

export const noContent = (): HttpResponse<null> => new HttpResponse<null>(null, { status: 204 });

export function problem(status: number, detail: string, errors: FieldProblem[] = []) {
  const body = { type: 'about:blank', title: 'Problem', status, detail, errors, request_id: 'req-123' };
  const headers = { 'Content-Type': 'application/problem+json' };
  return HttpResponse.json<Problem>(body, { status, headers });
}

export function monitor(changes: Partial<Monitor> = {}): Monitor {
  return {
    id: 42,
    name: 'Example',
    kind: 'http',
    url: 'https://example.org/',
    interval_seconds: 60,
    timeout_ms: 10_000,
    retries: 1,
    retry_delay_ms: 1_000,
    down_after: 1,
    up_after: 1,
    slow_ms: null,
    paused: false,
    tags: [],
    external_key: null,
    severity: 'critical',
    recipients: null,
    depends_on: [],
    flapping: null,
    anomalies: null,
    http: { method: 'GET', expected_status: [[200, 399]] },
    version: 3,
    revision: 2,
    muted: false,
    muted_until: null,
    created_at: '2025-11-20T10:00:00.000Z',
    updated_at: '2025-11-20T10:00:00.000Z',
    status: {
      state: 'up',
      since: '2025-11-20T10:00:00.000Z',
      last_checked_at: '2025-11-20T12:00:00.000Z',
      latency_ms: 87,
      status_code: 200,
      error: null,
      error_code: null,
      incident_id: null,
    },
    uptime_24h: 0.9993,
    sparkline: [{ at: '2025-11-20T12:00:00.000Z', state: 'up', latency_ms: 87 }],
    ...changes,
  };
}

export const channel = (changes: Partial<Channel> = {}): Channel => ({
  id: 5,
  name: '#operations',
  kind: 'slack',
  config: { webhook_url: 'https://hooks.slack.com/…' },
  enabled: true,
  alerts: { degraded: false, throttle_seconds: 0, remind_every_seconds: null },
  version: 1,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const maintenanceWindow = (
  schedule: WindowSchedule | { error: string },
  changes: Partial<Pick<MaintenanceWindow, 'id' | 'name' | 'monitors' | 'tags'>> = {},
): MaintenanceWindow => ({
  id: 5,
  name: 'Patch night',
  monitors: [],
  tags: [],
  version: 1,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...schedule,
  ...changes,
});

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Active, of all monitors. */
export const silence = (changes: Partial<Silence> = {}): Silence => ({
  id: 61,
  reason: 'Provider works',
  monitors: [],
  conditions: {},
  starts_at: inDays(-1),
  ends_at: inDays(30),
  state: 'active',
  created_by: 'Ada',
  version: 3,
  created_at: inDays(-1),
  updated_at: inDays(-1),
  ...changes,
});

export const onDemandCheck = (changes: Partial<OnDemandCheck> = {}): OnDemandCheck => ({
  url: 'https://example.org/',
  kind: 'http',
  up: true,
  status_code: 200,
  latency_ms: 34,
  attempts: 1,
  error: null,
  error_code: null,
  timings_us: {},
  tls_expires_at: null,
  ...changes,
});

export const summary = (changes: Partial<Summary> = {}): Summary => ({
  up: 0,
  degraded: 0,
  down: 0,
  pending: 0,
  paused: 0,
  open_incidents: 0,
  checks_last_hour: 0,
  ...changes,
});

export const series = (buckets: Bucket[] = []): Series => ({
  from: '2025-11-20T10:00:00.000Z',
  to: '2025-11-20T12:00:00.000Z',
  bucket_seconds: 60,
  buckets,
});

/** Of a monitor of which nothing is known yet. */
export const baseline = (changes: Partial<Baseline> = {}): Baseline => ({
  from: '2025-11-19T12:00:00.000Z',
  to: '2025-11-20T12:00:00.000Z',
  sensitivity: 'medium',
  state: 'learning',
  known_since: null,
  known_hours: 0,
  known_weeks: 0,
  points: [],
  ...changes,
});

/** Of an organisation without routes and with one channel. */
export const explanation = (changes: Partial<RouteExplanation> = {}): RouteExplanation => ({
  severity: 'critical',
  kind: 'http',
  tags: [],
  recipients: null,
  at: '2025-11-20T12:00:00.000Z',
  routes: [],
  held: [],
  destinations: [
    {
      by: 'default',
      recipients: null,
      channels: [{ id: 5, name: '#operations', enabled: true }],
      policy: null,
    },
  ],
  ...changes,
});

/** Handlers for an account without incidents; a test overrides what it is about. */
export function serveQuietAccount(monitors: Monitor[] = [], role: Role = 'owner'): void {
  server.use(
    http.post('/auth/refresh', () => HttpResponse.json(session('token', role))),
    http.get('/auth/providers', () => HttpResponse.json({ items: [] })),
    http.get('/me/identities', () => HttpResponse.json({ items: [], has_password: true })),
    http.get('/orgs', () => HttpResponse.json(page([session('token', role).org]))),
    http.get('/orgs/{id}/usage', () => HttpResponse.json(usage())),
    http.get('/me/quiet-hours', () =>
      HttpResponse.json({ time_zone: 'UTC', windows: [], passes: 'critical' }),
    ),
    http.get('/me/second-factor', () => HttpResponse.json({ is_on: false, since: null, recovery_codes: 0 })),
    http.get('/summary', () => HttpResponse.json(summary({ up: monitors.length }))),
    http.get('/monitors', () => HttpResponse.json(page(monitors))),
    http.get('/incidents', () => HttpResponse.json(page([]))),
    http.get('/tags', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/series', () => HttpResponse.json(series())),
    http.get('/monitors/{id}/baseline', () => HttpResponse.json(baseline())),
    http.get('/stream', ({ response }) => response.untyped(new HttpResponse(new ReadableStream()))),
  );
}

export const usage = (changes: Partial<Usage> = {}): Usage => ({
  plan: 'self-hosted',
  items: [
    { key: 'monitors', used: 3, limit: 10_000 },
    { key: 'members', used: 1, limit: null },
  ],
  min_interval_seconds: 10,
  raw_retention_days: null,
  ...changes,
});

export const member = (changes: Partial<Member> = {}): Member => ({
  user_id: 1,
  name: 'Ada',
  email: 'ada@example.org',
  role: 'owner',
  only_tags: null,
  joined_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const memberInvitation = (changes: Partial<MemberInvitation> = {}): MemberInvitation => ({
  id: '5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11',
  email: 'bo@example.org',
  role: 'editor',
  only_tags: null,
  invited_by: 'Ada',
  created_at: '2025-11-20T10:00:00.000Z',
  expires_at: '2125-11-27T10:00:00.000Z',
  sent_at: '2025-11-20T10:00:01.000Z',
  ...changes,
});

export const apiKey = (changes: Partial<ApiKey> = {}): ApiKey => ({
  id: 9,
  name: 'Deployment',
  prefix: 'up_live_4f2a',
  role: 'editor',
  only_tags: null,
  networks: [],
  created_by: 'Ada',
  created_at: '2025-11-20T10:00:00.000Z',
  expires_at: null,
  last_used_at: null,
  ...changes,
});

export const auditEvent = (changes: Partial<AuditEvent> = {}): AuditEvent => ({
  id: 70,
  at: '2025-11-20T10:00:00.000Z',
  actor: { kind: 'user', id: 1, name: 'Ada' },
  action: 'EditMonitor',
  resource: 'monitor',
  resource_id: '42',
  before: { name: 'Shop', interval_seconds: 60 } as never,
  after: { name: 'Shop', interval_seconds: 30 } as never,
  address: '192.0.2.1',
  request_id: 'req-1',
  ...changes,
});
