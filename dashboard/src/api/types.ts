/** The public API's shapes; docs/API.md is their source. */

export type State = 'up' | 'degraded' | 'down' | 'pending' | 'paused';
export type PointState = 'up' | 'degraded' | 'down' | 'skipped';

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface User {
  id: number;
  email: string;
  name: string;
}

export interface Org {
  id: number;
  name: string;
  role: 'owner' | 'admin' | 'editor' | 'viewer';
}

export interface Session {
  access_token: string;
  expires_in: number;
  user: User;
  org: Org;
}

export interface MonitorStatus {
  state: State;
  since: string | null;
  last_checked_at: string | null;
  latency_ms: number | null;
  status_code: number | null;
  error: string | null;
  error_code: string | null;
  incident_id: string | null;
}

export interface Point {
  at: string;
  state: PointState;
  latency_ms: number | null;
}

export const HTTP_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export interface HttpSettings {
  method: HttpMethod;
  expected_status: [number, number][];
}

export interface MonitorSettings {
  name: string;
  kind: 'http';
  url: string;
  interval_seconds: number;
  timeout_ms: number;
  retries: number;
  retry_delay_ms: number;
  down_after: number;
  up_after: number;
  slow_ms: number | null;
  paused: boolean;
  http: HttpSettings;
}

export interface Monitor extends MonitorSettings {
  id: number;
  version: number;
  revision: number;
  created_at: string;
  updated_at: string;
  status: MonitorStatus;
  uptime_24h: number | null;
  sparkline: Point[];
}

export interface CheckResult {
  scheduled_at: string;
  checked_at: string | null;
  outcome: string;
  state: PointState;
  latency_ms: number | null;
  status_code: number | null;
  error: string | null;
  error_code: string | null;
  attempts: number | null;
  region: string;
}

export const UPTIME_WINDOWS = ['24h', '7d', '30d', '90d', '365d'] as const;
export type UptimeWindow = (typeof UPTIME_WINDOWS)[number];

export interface Uptime {
  ratio: number | null;
  downtime_seconds: number;
  incidents: number;
  coverage: number;
}

export interface Incident {
  id: string;
  monitor_id: number;
  monitor_name: string;
  started_at: string;
  resolved_at: string | null;
  duration_seconds: number;
  close_reason: 'recovered' | 'edited' | 'paused' | 'deleted' | null;
  error_code: string | null;
  first_error: string | null;
  last_error: string | null;
}

export interface Summary extends Record<State, number> {
  open_incidents: number;
  checks_last_hour: number;
}

export interface Channel {
  id: number;
  name: string;
  kind: 'slack';
  config: { webhook_url: string };
  enabled: boolean;
}

export interface ChannelTest {
  ok: boolean;
  error?: string;
}

export interface StatusEvent {
  monitor_id: number;
  status: MonitorStatus;
  point: Point | null;
}
