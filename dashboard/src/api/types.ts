/** The types of the public API, as in docs/API.md. */

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
  /** Of the last check. */
  timings_us?: Timings | null;
  tls_expires_at?: string | null;
}

/** How long each phase of a check took. */
export type Timings = Partial<Record<'dns' | 'connect' | 'tls' | 'first_byte' | 'transfer', number | null>>;

export interface Point {
  at: string;
  state: PointState;
  latency_ms: number | null;
}

export const HTTP_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** `***` stands for a secret, which is write-only. */
export type HttpAuth =
  | { type: 'basic'; username: string; password: string }
  | { type: 'bearer'; token: string };

export const IP_FAMILIES = ['any', 'v4', 'v6'] as const;

/** Omitted fields have their defaults. */
export interface HttpSettings {
  method: HttpMethod;
  expected_status: [number, number][];
  headers?: Record<string, string>;
  body?: string;
  auth?: HttpAuth;
  max_redirects?: number;
  contains?: string;
  not_contains?: string;
  json?: { path: string; equals?: unknown };
  expected_headers?: Record<string, string | null>;
  max_body_bytes?: number;
  ip_family?: (typeof IP_FAMILIES)[number];
  verify_tls?: boolean;
  tls_warn_days?: number;
}

export interface TcpSettings {
  send?: string;
  expect?: string;
}

export interface TlsSettings {
  warn_days: number;
  verify_tls: boolean;
}

export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;

export interface DnsSettings {
  record_type: (typeof RECORD_TYPES)[number];
  expected?: string[];
  resolver?: string;
}

export interface IcmpSettings {
  packets: number;
  max_loss_percent: number;
}

export const KINDS = ['http', 'tcp', 'icmp', 'dns', 'tls'] as const;
export type Kind = (typeof KINDS)[number];

export interface MonitorSettings {
  name: string;
  kind: Kind;
  url: string;
  interval_seconds: number;
  timeout_ms: number;
  retries: number;
  retry_delay_ms: number;
  down_after: number;
  up_after: number;
  slow_ms: number | null;
  paused: boolean;
  upside_down?: boolean;
  /** Only the settings of its kind are present. */
  http?: HttpSettings;
  tcp?: TcpSettings;
  tls?: TlsSettings;
  dns?: DnsSettings;
  icmp?: IcmpSettings;
}

export interface Monitor extends MonitorSettings {
  id: number;
  /** Only when the server cannot read the settings: then all but the name may be null. */
  definition_error?: string;
  version: number;
  revision: number;
  muted: boolean;
  muted_until: string | null;
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

/** One interval of a series. */
export interface Bucket {
  at: string;
  up: number;
  degraded: number;
  down: number;
  skipped: number;
  availability: number | null;
  coverage: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  min_ms: number | null;
  max_ms: number | null;
}

export interface Series {
  from: string;
  to: string;
  bucket_seconds: number;
  buckets: Bucket[];
}

/** An on-demand check. */
export interface OnDemandCheck {
  up: boolean;
  status_code: number | null;
  latency_ms: number;
  attempts: number;
  error: string | null;
  error_code: string | null;
  timings_us: Timings;
  tls_expires_at: string | null;
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
  /** Absent in live events. */
  acknowledged?: { at: string; by: string } | null;
  /** Absent in lists and live events. */
  notes?: Note[];
}

export interface Note {
  at: string;
  by: string;
  text: string;
}

export type Alert = 'down' | 'up' | 'reminder' | 'acknowledged' | 'degraded' | 'recovered';

/** The position of a Kafka record. */
export interface Source {
  cluster: string;
  topic: string;
  partition: number;
  offset: number;
}

export interface AlertStep {
  at: string;
  step: 'decided' | 'suppressed' | 'attempted' | 'sent' | 'failed';
  alert: Alert;
  channel_id: number | null;
  delivery_id: string | null;
  attempt: number;
  reason: string | null;
  receipt: string | null;
  source: Source;
  /** Of the monitor, and so of its rule, at the time. */
  revision: number | null;
}

export interface Summary extends Record<State, number> {
  open_incidents: number;
  checks_last_hour: number;
}

export interface ChannelConfigs {
  slack: { webhook_url: string };
  slack_bot: { bot_token: string; channel: string; signing_secret: string };
  webhook: { url: string; secret: string; previous_secret?: string };
  email: { to: string[] };
}

export type ChannelKind = keyof ChannelConfigs;

export interface ChannelAlerts {
  degraded: boolean;
  throttle_seconds: number;
  remind_every_seconds: number | null;
}

interface ChannelOf<K extends ChannelKind> {
  id: number;
  name: string;
  kind: K;
  config: ChannelConfigs[K];
  enabled: boolean;
  alerts: ChannelAlerts;
  /** What of it the server cannot read. When that is the configuration, `config` is null. */
  error?: string;
}

/** Secrets are hidden, except in the response that generated one. */
export type Channel = { [K in ChannelKind]: ChannelOf<K> }[ChannelKind];

export const DELIVERY_STATUSES = ['pending', 'failed', 'sent', 'suppressed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** A notification to a channel. */
export interface Delivery {
  id: string;
  /** For `degraded` and `recovered`, of the degraded period, which is not an incident. */
  incident_id: string;
  monitor_id: number;
  /** Null if the monitor was deleted. */
  monitor_name: string | null;
  alert: Alert;
  status: DeliveryStatus;
  attempts: number;
  decided_at: string;
  updated_at: string;
  error: string | null;
  receipt: string | null;
  source: Source;
}

export interface ChannelTest {
  ok: boolean;
  error?: string | null;
}

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export type WindowSchedule =
  | { repeat: 'once'; from: string; until: string }
  | { repeat: 'weekly'; weekday: Weekday; from: string; minutes: number; time_zone: string };

/** Empty `monitors` means all monitors of the organisation. */
export type MaintenanceWindow = WindowSchedule & {
  id: number;
  name: string;
  monitors: number[];
  version: number;
  /** Only when the server cannot read when it is: then the span is missing. */
  error?: string;
};

export interface StatusEvent {
  monitor_id: number;
  status: MonitorStatus;
  point: Point | null;
}
