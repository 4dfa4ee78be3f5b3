/** Mock notes, timelines, deliveries, on-demand checks and series. */
import type {
  AlertStep,
  Channel,
  CheckResult,
  Delivery,
  DeliveryStatus,
  Incident,
  MonitorKind,
  Note,
  OnDemandCheck,
  Series,
} from '../src/api/models';
import { causeOf } from './mock-alert-policy';
import { channels, incidents, resultsOf } from './mock-data';

const now = () => new Date().toISOString();
const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
const later = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1_000).toISOString();
const SOURCE = { cluster: 'mock', topic: 'monitoring-results', partition: 3, offset: 1_717 };

const notes = new Map<string, Note[]>();
const resent = new Set<string>();

/** Of the first ongoing one an acknowledgement has expired. */
export function expireAcknowledgement(): void {
  const ongoing = incidents.find(({ resolved_at }) => resolved_at === null);
  if (ongoing) ongoing.acknowledgement_expired_at = hours(-0.1);
}

export const incident = (id: string): Incident | undefined => {
  const found = incidents.find((each) => each.id === id);
  return found && { ...found, notes: notes.get(id) ?? [] };
};

export function acknowledge(id: string) {
  const found = incidents.find((each) => each.id === id);
  if (found) {
    found.acknowledged ??= { at: now(), by: 'Ada' };
    delete found.acknowledgement_expired_at;
  }
  return incident(id);
}

export function addNote(id: string, text: string) {
  notes.set(id, [...(notes.get(id) ?? []), { at: now(), by: 'Ada', text }]);
  return incident(id);
}

/** Slack succeeds, email keeps retrying, and every other webhook delivery has failed. */
function deliveryStatus(
  channel: Channel,
  index: number,
): { status: DeliveryStatus; error: string | null } | null {
  if (!channel.enabled) return null;
  if (channel.kind === 'email') return { status: 'pending', error: 'Connection refused by 203.0.113.25:25' };
  if (channel.kind === 'webhook' && index % 2 === 0)
    return { status: 'failed', error: 'HTTP 500: Internal Server Error' };
  return { status: 'sent', error: null };
}

type ChannelDelivery = Delivery & { channel: Channel };

function allDeliveries(): ChannelDelivery[] {
  return incidents.flatMap((each, index) =>
    [...channels.values()].flatMap((channel): ChannelDelivery | [] => {
      const result = deliveryStatus(channel, index);
      if (!result) return [];
      const id = `${each.id}-${channel.id}`;
      return {
        id,
        channel,
        incident_id: each.id,
        monitor_id: each.monitor_id,
        monitor_name: each.monitor_name,
        alert: 'down',
        ...(resent.has(id) ? { status: 'sent', error: null } : result),
        attempts: result.status === 'sent' ? 1 : 6,
        decided_at: later(each.started_at, 1),
        updated_at: later(each.started_at, result.status === 'sent' ? 2 : 95),
        receipt: result.status === 'sent' ? (channel.kind === 'slack' ? 'ok' : 'HTTP 200') : null,
        source: SOURCE,
      };
    }),
  );
}

export const deliveries = (channelId: number, status?: string): Delivery[] =>
  allDeliveries()
    .filter((each) => each.channel.id === channelId && (!status || each.status === status))
    .map(({ channel: _, ...delivery }) => delivery);

export function resend(id: string): void {
  resent.add(id);
}

/** All reasons for which a notification is not sent. */
const REASONS = [
  'monitor 9, on which it depends, is down',
  'resolved while it was silenced',
  'resolved during a maintenance window',
  'over in the quiet hours of the channel',
  'flapping: over within 5 minutes',
  'throttled: the channel was notified about the monitor recently',
  'the monitor is muted',
];

export function steps(incidentId: string): AlertStep[] {
  return allDeliveries()
    .filter((each) => each.incident_id === incidentId)
    .flatMap(({ id, channel, status, error, receipt, attempts, decided_at: at }, index) => {
      const step = (seconds: number, fields: Pick<AlertStep, 'step'> & Partial<AlertStep>): AlertStep => ({
        at: later(at, seconds),
        alert: 'down',
        channel_id: channel.id,
        channel_name: channel.name,
        cause: causeOf(index),
        delivery_id: id,
        attempt: 0,
        reason: null,
        receipt: null,
        source: SOURCE,
        revision: 1,
        ...fields,
      });
      const attempted = Array.from({ length: attempts - 1 }, (_, index) =>
        step(2 ** index, { step: 'attempted', attempt: index + 1, reason: error }),
      );
      const last =
        status === 'sent'
          ? [step(95, { step: 'sent', attempt: attempts, receipt })]
          : status === 'failed'
            ? [step(95, { step: 'failed', reason: error })]
            : [];
      // After the first channel there is a step that reaches nobody.
      const unreached = step(60, {
        step: 'suppressed',
        channel_id: null,
        delivery_id: null,
        cause: { ...causeOf(2), step: { ...causeOf(2).step, target: null } as never },
        reason: 'schedule Support has nobody on call',
      });
      const suppressed = (reason: string, at: number) =>
        step(61 + at, { step: 'suppressed', channel_id: null, delivery_id: null, cause: null, reason });
      const first = index === 0 ? [unreached, ...REASONS.map(suppressed)] : [];
      return [step(0, { step: 'decided' }), ...attempted, ...last, ...first];
    })
    .sort((a, b) => a.at.localeCompare(b.at));
}

export function checkAnswer(url: string, kind: MonitorKind, fails = url.includes('fail')): OnDemandCheck {
  const timings = { dns: 900, connect: 11_000, first_byte: 49_000, transfer: 2_100 };
  const secure = url.startsWith('https') || kind === 'tls';
  return {
    url,
    kind,
    up: !fails,
    status_code: fails || kind !== 'http' ? null : 200,
    latency_ms: 87,
    attempts: fails ? 2 : 1,
    error: fails ? 'Connection refused by 203.0.113.9:443' : null,
    error_code: fails ? 'connect_refused' : null,
    timings_us: fails ? { dns: 900 } : { ...timings, ...(secure && { tls: 24_000 }) },
    tls_expires_at: secure && !fails ? hours(24 * 43) : null,
  };
}

const DAY_MS = 86_400_000;

/** Most buckets are empty: there is only an hour and a half of results. Those of long ranges are days. */
export function series(id: number, from = hours(-24), points = 120, region?: string, to = now()): Series {
  const end = Date.parse(to);
  const isDaily = end - Date.parse(from) > 60 * DAY_MS && (end - Date.parse(from)) / DAY_MS < points;
  const begin = isDaily ? Math.floor(Date.parse(from) / DAY_MS) * DAY_MS : Date.parse(from);
  const length = isDaily ? DAY_MS : (end - begin) / points;
  const buckets = Array.from({ length: Math.ceil((end - begin) / length) }, (_, index) => {
    const at = begin + index * length;
    const inside = resultsOf(id).filter((each) => {
      const time = Date.parse(each.scheduled_at);
      return time >= at && time < at + length && (!region || each.region === region);
    });
    const count = (state: CheckResult['state']) => inside.filter((each) => each.state === state).length;
    const sorted = inside.flatMap((each) => each.latency_ms ?? []).sort((a, b) => a - b);
    const percentile = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? null;
    return {
      at: new Date(at).toISOString(),
      up: count('up'),
      degraded: count('degraded'),
      down: count('down'),
      skipped: 0,
      availability: inside.length > 0 ? 1 - count('down') / inside.length : null,
      coverage: inside.length > 0 ? 1 : 0,
      p50_ms: percentile(0.5),
      p95_ms: percentile(0.95),
      p99_ms: percentile(0.99),
      min_ms: percentile(0),
      max_ms: percentile(1),
    };
  });
  return {
    from: new Date(begin).toISOString(),
    to,
    bucket_seconds: Math.round(length / 1_000),
    buckets,
  };
}
