/** Mock monitors, incidents and channels: generated at the start, then updated by `check`. */
import type {
  Channel,
  ChannelAlerts,
  ChannelConfig,
  ChannelKind,
  CheckResult,
  EmailRecipient,
  Incident,
  LiveEvent,
  Monitor,
  MonitorInput,
  MonitorKind,
} from '../src/api/models';
import { type Behaviour, MONITORS, storm } from './mock-examples';
import { type Failure, failureOf, SUCCESS } from './mock-failures';
import { checkedFrom, decisive, failingFrom, foundBy, settleRegions, slotOf, votesOf } from './mock-regions';

type Settings = Pick<Monitor, MonitorKind>;

const now = () => new Date().toISOString();
const before = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

const DEFAULTS = {
  kind: 'http' as MonitorKind,
  interval_seconds: 60,
  timeout_ms: 10_000,
  retries: 1,
  retry_delay_ms: 1_000,
  down_after: 1,
  up_after: 1,
  slow_ms: null,
  paused: false,
} satisfies Partial<Monitor>;

const KIND_DEFAULTS: Required<Settings> = {
  http: { method: 'GET', expected_status: [[200, 399]] },
  tcp: {},
  tls: { warn_days: 14, verify_tls: true },
  dns: { record_type: 'A' },
  icmp: { packets: 3, max_loss_percent: 50 },
  heartbeat: {
    schedule: { period_seconds: 86_400 },
    grace_seconds: 3_600,
    early_seconds: 0,
    post_only: false,
  },
};

export const ALERTS: ChannelAlerts = { degraded: false, throttle_seconds: 0, remind_every_seconds: null };
const NIGHTS: ChannelAlerts = {
  ...ALERTS,
  quiet_hours: {
    hours: { time_zone: 'Europe/Berlin', days: [], from: '22:00:00', until: '07:00:00' },
    passes: 'critical',
  },
};
export const monitors = new Map<number, Monitor>();
export const incidents: Incident[] = [];
export const channels = new Map<number, Channel>();
const behaviour = new Map<number, Behaviour>();
const results = new Map<number, CheckResult[]>();
let lastId = 0;

export const nextId = () => ++lastId;
export const resultsOf = (id: number): CheckResult[] => results.get(id) ?? [];

function stateAfter(monitor: Monitor, latency: number, fails: boolean): 'up' | 'degraded' | 'down' {
  if (fails) return 'down';
  return monitor.slow_ms !== null && latency > monitor.slow_ms ? 'degraded' : 'up';
}

type Checked = CheckResult & { state: 'up' | 'degraded' | 'down' };

/** What a region finds at `at`. */
function resultFrom(monitor: Monitor, region: string, at: string): Checked {
  const { latency: usual, failing } = behaviour.get(monitor.id) ?? { latency: 80, failing: 0 };
  const fails = Math.random() < failingFrom(monitor, region, failing);
  const latency = Math.round(usual * (0.8 + Math.random() * 0.4 + (Math.random() < 0.06 ? 1.5 : 0)));
  const state = stateAfter(monitor, latency, fails);
  const { error, error_code, status_code } = fails ? failureOf(monitor) : SUCCESS;
  return {
    scheduled_at: at,
    checked_at: at,
    outcome: fails ? 'down' : 'up',
    state,
    latency_ms: fails ? null : latency,
    status_code: monitor.kind === 'http' ? status_code : null,
    error,
    error_code,
    attempts: fails ? (monitor.retries ?? 0) + 1 : 1,
    region,
  };
}

/** Runs a check at `at`, from each region; returns its events. */
export function check(monitor: Monitor, at = now()): LiveEvent[] {
  const made = checkedFrom(monitor).map((region) => resultFrom(monitor, region, slotOf(monitor, region, at)));
  const result = decisive(monitor, made);
  if (!result) return [];
  const { state, error, error_code } = result;
  const fails = state === 'down';
  const latency = result.latency_ms ?? 0;
  const regions = votesOf(monitor, made);
  results.set(monitor.id, [...made.reverse(), ...resultsOf(monitor.id)].slice(0, 500));
  const point = { at, state, latency_ms: result.latency_ms };
  monitor.sparkline = [...monitor.sparkline, point].slice(-30);
  const changed = monitor.status.state !== state;
  const events: LiveEvent[] = [];
  let incident = incidents.find((i) => i.monitor_id === monitor.id && i.resolved_at === null);
  if (error !== null && !incident) {
    incident = openIncident(monitor, at, error, error_code);
    incident.regions = foundBy(regions);
    events.push({ event: 'incident', data: incident });
  } else if (!fails && incident) {
    closeIncident(incident, at, 'recovered');
    events.push({ event: 'incident', data: incident });
    incident = undefined;
  }
  monitor.status = {
    state,
    since: changed ? at : monitor.status.since,
    last_checked_at: at,
    latency_ms: result.latency_ms,
    status_code: result.status_code,
    error,
    error_code: result.error_code,
    incident_id: incident?.id ?? null,
    ...(regions.length > 0 && { regions }),
    timings_us: fails ? { dns: 900 } : { dns: 900, connect: latency * 200, first_byte: latency * 750 },
  };
  // Of several regions by what they decide.
  const all = regions.length > 0 ? monitor.sparkline : resultsOf(monitor.id);
  monitor.uptime_24h = all.filter((r) => r.state !== 'down').length / all.length;
  const data = { monitor_id: monitor.id, status: monitor.status, point };
  events.push({ event: 'status', data });
  return events;
}

function openIncident(monitor: Monitor, at: string, error: string, code: Failure['error_code']): Incident {
  const incident: Incident = {
    id: crypto.randomUUID(),
    monitor_id: monitor.id,
    monitor_name: monitor.name,
    started_at: at,
    resolved_at: null,
    duration_seconds: 0,
    close_reason: null,
    error_code: code,
    first_error: error,
    last_error: error,
    acknowledged: null,
  };
  incidents.unshift(incident);
  return incident;
}

type CloseReason = NonNullable<Incident['close_reason']>;

function closeIncident(incident: Incident, at: string, reason: CloseReason): void {
  incident.resolved_at = at;
  incident.close_reason = reason;
  incident.duration_seconds = Math.round((Date.parse(at) - Date.parse(incident.started_at)) / 1_000);
}

export function closeIncidentsOf(monitor: Monitor, reason: CloseReason): void {
  for (const incident of incidents) {
    if (incident.monitor_id === monitor.id && incident.resolved_at === null) {
      closeIncident(incident, now(), reason);
    }
  }
}

export const PENDING: Monitor['status'] = {
  state: 'pending',
  since: null,
  last_checked_at: null,
  latency_ms: null,
  status_code: null,
  error: null,
  error_code: null,
  incident_id: null,
};

/** The given fields: null means the default. */
const given = <T extends object>(fields: T): { [F in keyof T]?: NonNullable<T[F]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as {
    [F in keyof T]?: NonNullable<T[F]>;
  };

const ownSettings = (kind: MonitorKind, settings: object): Settings => ({
  [kind]: given({ ...KIND_DEFAULTS[kind], ...settings }),
});

export function addMonitor(input: MonitorInput): Monitor {
  const fields = given(input);
  const { kind = DEFAULTS.kind, url = '' } = fields;
  const monitor: Monitor = {
    ...DEFAULTS,
    ...fields,
    ...ownSettings(kind, fields[kind] ?? {}),
    url,
    tags: fields.tags ?? [],
    external_key: fields.external_key ?? null,
    severity: fields.severity ?? 'critical',
    recipients: fields.recipients ?? null,
    depends_on: fields.depends_on ?? [],
    flapping: fields.flapping ?? null,
    anomalies: fields.anomalies ?? null,
    id: nextId(),
    name: fields.name ?? url.replace(/^\w+:\/\//, '').replace(/[:/].*$/, ''),
    version: 1,
    revision: 1,
    muted: false,
    muted_until: null,
    created_at: now(),
    updated_at: now(),
    status: { ...PENDING, state: fields.paused ? 'paused' : 'pending' },
    uptime_24h: null,
    sparkline: [],
  };
  monitors.set(monitor.id, monitor);
  return settleRegions(monitor);
}

/** Merges a PATCH like the server: the fields of the monitor, and those of its kind. */
export function patchMonitor(monitor: Monitor, input: MonitorInput): Monitor {
  const before = monitor.kind ?? DEFAULTS.kind;
  const kind = input.kind ?? before;
  const { [kind]: own, ...rest } = input;
  const settings = ownSettings(kind, { ...monitor[kind], ...own });
  if (kind !== before) delete monitor[before];
  const depends_on = input.depends_on === null ? [] : (input.depends_on ?? monitor.depends_on);
  const changed = Object.assign(monitor, rest, settings, { depends_on, version: monitor.version + 1 });
  return settleRegions(changed);
}

const named = (name: string) => [...monitors.values()].filter((monitor) => monitor.name === name);

function dependOn(name: string, ...others: string[]): void {
  for (const monitor of named(name)) {
    monitor.depends_on = others.flatMap((other) => named(other).map(({ id }) => id));
  }
}

/** The names from a monitor to itself, by what the monitors depend on; null where there is no such way. */
export function cycleFrom(monitor: Monitor, dependsOn: readonly number[]): string[] | null {
  for (const id of dependsOn) {
    if (id === monitor.id) return [monitor.name];
    const next = monitors.get(id);
    const rest = next && cycleFrom(monitor, next.depends_on);
    if (next && rest) return [next.name, ...rest];
  }
  return null;
}

export function createData(withStorm: boolean) {
  for (const { latency, failing, fresh, ...fields } of [...MONITORS, ...(withStorm ? storm() : [])]) {
    const monitor = addMonitor(fields);
    for (let slot = fresh ? 0 : 90; slot > 0; slot--) {
      // The one that always fails started failing 12 checks ago.
      behaviour.set(monitor.id, { latency, failing: failing === 1 && slot > 12 ? 0 : failing });
      check(monitor, before(slot * 60));
    }
    behaviour.set(monitor.id, { latency, failing });
    if (fields.paused) monitor.status = { ...monitor.status, state: 'paused' };
  }
  dependOn('Checkout API', 'Orders database', 'Mail server');
  dependOn('Website', 'Image CDN');
  incidents.sort((a, b) => b.started_at.localeCompare(a.started_at));
  const slack = { webhook_url: 'https://hooks.slack.com/…' };
  const examples: [string, ChannelKind, ChannelConfig, boolean][] = [
    ['#operations', 'slack', slack, true],
    ['#customer-care', 'slack', slack, false],
    [
      'Operations group',
      'telegram',
      { bot_token: '***', chat_id: '-1001234567890', api_url: 'https://api.telegram.org' },
      true,
    ],
    [
      'On-call engineers',
      'pagerduty',
      { routing_key: '***', api_url: 'https://events.eu.pagerduty.com' },
      true,
    ],
    [
      'Phones of operations',
      'ntfy',
      { topic: 'backups', access_token: '***', urgency: 4, server_url: 'https://ntfy.sh' },
      true,
    ],
    ['On-call team', 'email', { to: ['ada@example.org', 'grace@example.org'] }, true],
    [
      'Ticket system',
      'webhook',
      { url: 'https://tickets.example.org/hooks/uptime', secret: '***', previous_secret: '***' },
      true,
    ],
  ];
  for (const [name, kind, config, enabled] of examples) {
    addChannel({ name, kind, config, enabled, alerts: kind === 'ntfy' ? NIGHTS : ALERTS });
  }
}

export function addChannel(
  fields: Pick<Channel, 'name' | 'kind' | 'config' | 'enabled' | 'alerts'>,
): Channel {
  const recipients = fields.config?.to?.map(
    (address, index): EmailRecipient => ({
      id: `recipient-${nextId()}`,
      address,
      state: index === 0 ? 'confirmed' : 'waiting',
      asked_at: now(),
    }),
  );
  const channel: Channel = {
    ...fields,
    ...(recipients && { recipients }),
    id: nextId(),
    version: 1,
    created_at: now(),
    updated_at: now(),
  };
  channels.set(channel.id, channel);
  return channel;
}
