import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { FieldProblem } from '@/api/problem';
import type { Bucket, Incident, Monitor, Page, Series, Session, Summary } from '@/api/types';

export const server = setupServer();

export const api = (path: string) => `*/api/v1${path}`;

export const session = (token: string): Session => ({
  access_token: token,
  expires_in: 3600,
  user: { id: 1, email: 'ada@example.org', name: 'Ada' },
  org: { id: 1, name: 'Ada', role: 'owner' },
});

export const page = <T>(items: T[]): Page<T> => ({ items, next_cursor: null });

export function problem(status: number, detail: string, errors: FieldProblem[] = []) {
  return HttpResponse.json(
    { type: 'about:blank', title: 'Problem', status, detail, errors, request_id: 'req-123' },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  );
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

/** Handlers for an account without incidents; a test overrides what it is about. */
export function serveQuietAccount(monitors: Monitor[] = []): void {
  server.use(
    http.post(api('/auth/refresh'), () => HttpResponse.json(session('token'))),
    http.get(api('/summary'), () => HttpResponse.json(summary({ up: monitors.length }))),
    http.get(api('/monitors'), () => HttpResponse.json(page(monitors))),
    http.get(api('/incidents'), () => HttpResponse.json(page<Incident>([]))),
    http.get(api('/monitors/:id/series'), () => HttpResponse.json(series())),
    http.get(api('/stream'), () => new HttpResponse(new ReadableStream(), { status: 200 })),
  );
}
