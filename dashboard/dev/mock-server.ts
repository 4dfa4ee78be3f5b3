/**
 * A mock of the API in docs/API.md, for dashboard development: run `npm run mock` next to `npm run dev`. Also
 * serves dist/ with a strict content security policy. Data is kept in memory, and any password except "wrong" is
 * accepted. With `--empty` the account has no monitors, with `--storm` 300 more are down, with `--no-mail` invitations
 * have a link. Ada is an owner of Acme, a viewer of Northwind and an editor of the empty Lab. Every provider logs her in;
 * the second factor takes every code but 000000, and is confirmed by 123456. Links of mails: /invitation#me,
 * /invitation#other, /verify-email#x, /reset-password#x; the token "gone" is good for nothing.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type {
  BulkAnswer,
  BulkInput,
  ChangedEvent,
  Channel,
  ChannelInput,
  ChannelTest,
  Incident,
  Invitation,
  LiveEvent,
  Monitor,
  MonitorInput,
  Uptime,
  UptimeWindows,
} from '../src/api/models';
import * as accounts from './mock-accounts';
import { createAlertPolicy } from './mock-alert-policy';
import * as alerts from './mock-alerts';
import { findMonitors, incidentAt, incidentPage, instantOf, monitorAt, summary } from './mock-as-of';
import * as data from './mock-data';
import { createDrills } from './mock-drills';
import { createHeartbeats } from './mock-heartbeats';
import './mock-history';
import './mock-item-versions';
import './mock-logins';
import { createOnCall } from './mock-on-call';
import './mock-privacy';
import './mock-quiet-hours';
import { checkRegions } from './mock-regions';
import { createReports } from './mock-reports';
import { fail, found, list, lookup, on, Problem, routes } from './mock-routes';
import { createSilences } from './mock-silences';
import './mock-search';
import './mock-simulations';
import './mock-sla';
import { createStatusPages } from './mock-status-pages';
import { createSubscribers } from './mock-subscribers';
import './mock-tags';
import { createTemplates } from './mock-templates';
import './mock-versions';
import { createWindows } from './mock-windows';

const PORT = Number(process.env.PORT ?? 8080);
const CHECK_EVERY_MS = 1_500;
const DIST = new URL('../dist', import.meta.url).pathname;
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
};
const CSP =
  // The styles and images of a previewed status page are within it.
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

if (!process.argv.includes('--empty')) {
  data.createData(process.argv.includes('--storm'));
  createHeartbeats();
  createWindows();
  createStatusPages();
  createReports();
  createTemplates();
  createOnCall();
  createAlertPolicy();
  createSilences();
  createDrills();
  alerts.expireAcknowledgement();
  createSubscribers();
}

const streams = new Set<ServerResponse>();

/** Whatever the token of the link. */
const invitation: Invitation = {
  address: 'ops@example.org',
  organisation: 'Ada',
  state: 'waiting',
  can_confirm: true,
};

let eventId = Date.now();
function emit(live: LiveEvent): void {
  const payload = 'data' in live ? live.data : {};
  const text = `id: ${++eventId}\nevent: ${live.event}\ndata: ${JSON.stringify(payload)}\n\n`;
  for (const stream of streams) stream.write(text);
}

/** The resource of a path whose changes the server tells of. */
const RESOURCES: Record<string, ChangedEvent['resource']> = {
  monitors: 'monitor',
  channels: 'channel',
  'alert-routes': 'alert_route',
  'escalation-policies': 'escalation_policy',
  'maintenance-windows': 'maintenance_window',
  silences: 'silence',
  'status-pages': 'status_page',
  'status-reports': 'status_page',
  'on-call-schedules': 'on_call_schedule',
  teams: 'team',
};

function emitChange(method: string | undefined, path: string, answer: unknown): void {
  const [, collection = '', id, action] = path.split('/');
  const resource = RESOURCES[collection];
  const isChange =
    method !== 'GET' &&
    !/^(preview|bulk|check-now|test|deliveries|visit|subscribers)$/.test(action ?? id ?? '');
  const made = answer as { id?: number; status_page_id?: number } | undefined;
  // A change of a report is one of its page.
  const changed = Number(made?.status_page_id ?? id ?? made?.id);
  if (resource && isChange) emit({ event: 'changed', data: { resource, id: changed } });
}

function saveMonitor(fields: MonitorInput, monitor?: Monitor): Monitor {
  if (fields.url?.includes('localhost')) {
    fail(422, '1 field is not valid', [{ field: 'url', message: 'must be a public address' }]);
  }
  checkRegions(fields, monitor);
  if (!monitor) return data.addMonitor(fields);
  const cycle = data.cycleFrom(monitor, fields.depends_on ?? []);
  if (cycle) {
    const message = `makes it depend on itself: ${[monitor.name, ...cycle].join(' → ')}`;
    fail(422, '1 field is not valid', [{ field: 'depends_on', message }]);
  }
  return data.patchMonitor(monitor, fields);
}

function setPaused(monitor: Monitor, paused: boolean): Monitor {
  monitor.paused = paused;
  monitor.status = {
    ...data.PENDING,
    state: paused ? 'paused' : 'pending',
    since: new Date().toISOString(),
  };
  if (paused) data.closeIncidentsOf(monitor, 'paused');
  emit({ event: 'status', data: { monitor_id: monitor.id, status: monitor.status, point: null } });
  return monitor;
}

function setMuted(monitor: Monitor, muted: boolean, until: string | null = null): Monitor {
  return Object.assign(monitor, { muted, muted_until: until });
}

function changeMonitor(monitor: Monitor, { action, tags, until, changes }: BulkInput): void {
  const given = tags ?? [];
  const kept = monitor.tags.filter((tag) => !given.includes(tag));
  if (action === 'pause' || action === 'resume') setPaused(monitor, action === 'pause');
  else if (action === 'mute' || action === 'unmute') setMuted(monitor, action === 'mute', until);
  else if (action === 'delete') data.monitors.delete(monitor.id);
  else if (action === 'add_tags') monitor.tags = [...kept, ...given];
  else if (action === 'remove_tags') monitor.tags = kept;
  else if (action === 'set_tags') monitor.tags = given;
  else data.patchMonitor(monitor, changes ?? {});
}

function changeMany(input: BulkInput): BulkAnswer {
  const monitors = (input.monitors ?? []).map((id) => lookup(data.monitors, String(id)));
  for (const monitor of monitors) changeMonitor(monitor, input);
  const items = monitors.map(({ id }) => ({ id, status: 200 }));
  return { succeeded: items.length, failed: 0, items };
}

function uptime(id: number): UptimeWindows {
  const ratio = data.monitors.get(id)?.uptime_24h ?? null;
  const cell = (coverage: number): Uptime => ({
    ratio,
    downtime_seconds: Math.round((1 - (ratio ?? 1)) * 86_400),
    incidents: data.incidents.filter((incident) => incident.monitor_id === id).length,
    coverage: ratio === null ? 0 : coverage,
  });
  return { '24h': cell(1), '7d': cell(1), '30d': cell(0.62), '90d': cell(0.21), '365d': cell(0.05) };
}

const NEW_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwC2FLbWx1Yk4=';

/** Like the server, hides secrets and generates that of a webhook. */
const ADDRESSES = ['webhook_url', 'workflow_url', 'url', 'api_url', 'server_url', 'homeserver_url'] as const;
const SECRETS = [
  'access_token',
  'api_key',
  'app_secret',
  'app_token',
  'auth_token',
  'bot_token',
  'routing_key',
  'signing_secret',
  'user_key',
] as const;

function saveChannel(input: ChannelInput, old?: Channel): Channel {
  const { config, alerts: rules, name, enabled } = input;
  for (const field of ADDRESSES) {
    const url = config?.[field];
    if (url && !url.startsWith('https://')) {
      fail(422, '1 field is not valid', [{ field: `config.${field}`, message: 'must start with https://' }]);
    }
  }
  const kind = old?.kind ?? input.kind ?? 'slack';
  const before = old?.config ?? {};
  const merged = { ...before, ...config };
  const isMade = kind === 'webhook' && (config?.secret === null || !(config?.secret ?? before.secret));
  for (const field of ['webhook_url', 'workflow_url'] as const) {
    const url = merged[field];
    if (url) merged[field] = `${new URL(url).origin}/…`;
  }
  for (const field of SECRETS) {
    if (merged[field]) merged[field] = '***';
  }
  if (kind === 'webhook') {
    if (isMade && before.secret) merged.previous_secret = '***';
    if (merged.previous_secret === null) delete merged.previous_secret;
    merged.secret = '***';
    merged.headers = merged.headers?.map(({ name }) => ({ name, value: '***' })) ?? null;
  }
  const { degraded, throttle_seconds: throttle, remind_every_seconds: remind, quiet_hours } = rules ?? {};
  const current = old?.alerts ?? data.ALERTS;
  const fields = {
    name: name ?? old?.name ?? '',
    kind,
    config: merged,
    enabled: enabled ?? old?.enabled ?? true,
    alerts: {
      degraded: degraded ?? current.degraded,
      throttle_seconds: throttle ?? current.throttle_seconds,
      remind_every_seconds: remind === undefined ? current.remind_every_seconds : remind,
      quiet_hours: quiet_hours === undefined ? current.quiet_hours : quiet_hours,
    },
  };
  const saved = old ? Object.assign(old, fields) : data.addChannel(fields);
  return isMade ? { ...saved, config: { ...merged, secret: NEW_SECRET } } : saved;
}

function testChannel({ enabled, kind }: Channel): ChannelTest {
  if (kind === 'email') return { ok: false, error: 'no mail server is configured (SMTP_URL)' };
  return enabled ? { ok: true, error: null } : { ok: false, error: 'HTTP 404: no_team' };
}

on('get', '/summary', ({ query }) => summary(query));
on('get', '/monitors', ({ query }) => findMonitors(query));
on('post', '/monitors', ({ body }) => saveMonitor(body));
on('post', '/monitors/bulk', ({ body }) => changeMany(body));
on('post', '/monitors/preview', ({ body }) => alerts.checkAnswer(body.url ?? '', body.kind ?? 'http'));
on('post', '/monitors/{id}/check-now', ({ id }) => {
  const { url, kind, status } = lookup(data.monitors, id);
  return alerts.checkAnswer(url ?? '', kind ?? 'http', status.state === 'down');
});
on('post', '/monitors/{id}/mute', ({ id, body }) => setMuted(lookup(data.monitors, id), true, body.until));
on('post', '/monitors/{id}/unmute', ({ id }) => setMuted(lookup(data.monitors, id), false));
on('post', '/monitors/{id}/clone', ({ id }) => {
  const { name, url, kind, tags, interval_seconds, ...others } = lookup(data.monitors, id);
  const { down_after, down_of, down_for_seconds, depends_on, flapping, anomalies } = others;
  const alerting = { down_after, down_of, down_for_seconds, depends_on, flapping, anomalies };
  const copy = { name: `${name} (copy)`, url, kind, tags, interval_seconds, paused: true };
  return data.addMonitor({ ...copy, ...alerting });
});
on('get', '/monitors/{id}', ({ id, query }) => found(monitorAt(lookup(data.monitors, id), instantOf(query))));
on('patch', '/monitors/{id}', ({ id, body }) => saveMonitor(body, lookup(data.monitors, id)));
on('delete', '/monitors/{id}', ({ id }) => {
  data.monitors.delete(Number(id));
  return undefined;
});
on('post', '/monitors/{id}/pause', ({ id }) => setPaused(lookup(data.monitors, id), true));
on('post', '/monitors/{id}/resume', ({ id }) => setPaused(lookup(data.monitors, id), false));
on('get', '/monitors/{id}/uptime', ({ id, query: { from, to } }) => {
  const windows = uptime(Number(id));
  return from && to ? { ...windows['24h'], from, to } : windows;
});
on('get', '/incidents', ({ query }) => {
  const { monitor_id: id, open } = query;
  const matches = (each: Incident) =>
    (!id || each.monitor_id === Number(id)) && (!open || `${each.resolved_at === null}` === open);
  return incidentPage(query, matches);
});
on('get', '/incidents/{id}', ({ id, query }) =>
  found(incidentAt(found(alerts.incident(id)), instantOf(query))),
);
on('get', '/incidents/{id}/events', ({ id }) => list(alerts.steps(id)));
on('post', '/incidents/{id}/acknowledge', ({ id }) => found(alerts.acknowledge(id)));
on('post', '/incidents/{id}/notes', ({ id, body }) => found(alerts.addNote(id, body.text ?? '')));
on('get', '/channels/{id}/deliveries', ({ id, query }) => list(alerts.deliveries(Number(id), query.status)));
on('post', '/channels/{id}/deliveries/{delivery}/resend', ({ delivery }) => {
  alerts.resend(delivery);
  return undefined;
});
on('get', '/channels', () => list(accounts.isEmpty() ? [] : [...data.channels.values()]));
on('post', '/channels', ({ body }) => saveChannel(body));
on('get', '/channels/{id}', ({ id }) => lookup(data.channels, id));
on('patch', '/channels/{id}', ({ id, body }) => saveChannel(body, lookup(data.channels, id)));
on('delete', '/channels/{id}', ({ id }) => {
  data.channels.delete(Number(id));
  return undefined;
});
on('post', '/channels/{id}/recipients/{recipient}/resend', () => undefined);
on('post', '/me/channels/{id}/confirmation', () => undefined);
on('get', '/recipients/{token}', () => invitation);
on('post', '/recipients/{token}/confirm', () => Object.assign(invitation, { state: 'confirmed' }));
on('post', '/recipients/{token}/decline', () => Object.assign(invitation, { state: 'declined' }));
on('post', '/channels/{id}/test', ({ id }) => testChannel(lookup(data.channels, id)));

const ownChannels = new Map<number, Channel>();
on('get', '/me/channels', () => list([...ownChannels.values()]));
on('post', '/me/channels', ({ body }) => {
  const saved = saveChannel(body);
  const own = lookup(data.channels, String(saved.id));
  ownChannels.set(saved.id, own);
  if (own.kind === 'twilio' || own.kind === 'whatsapp') {
    own.confirmation = { state: 'waiting', asked_at: new Date().toISOString(), expires_at: null };
  }
  data.channels.delete(saved.id);
  return saved;
});
on('post', '/me/channels/{id}/confirmation/code', ({ id, body }) => {
  const own = lookup(ownChannels, id);
  if (body.code?.replace(/\D/g, '') !== '123456') {
    fail(422, '1 field is not valid', [{ field: 'code', message: 'is wrong or has expired' }]);
  }
  own.confirmation = { state: 'confirmed', asked_at: null, expires_at: null };
  return own;
});
on('get', '/me/channels/{id}', ({ id }) => lookup(ownChannels, id));
on('patch', '/me/channels/{id}', ({ id, body }) => saveChannel(body, lookup(ownChannels, id)));
on('delete', '/me/channels/{id}', ({ id }) => {
  ownChannels.delete(Number(id));
  return undefined;
});
on('post', '/me/channels/{id}/test', ({ id }) => testChannel(lookup(ownChannels, id)));

async function serveApi(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
  let text = '';
  for await (const chunk of req) text += chunk;
  const path = url.pathname.slice('/api/v1'.length);
  try {
    const isPublic = /^\/(auth|recipients|invitations\/[^/]+$)/.test(path);
    if (!isPublic && !req.headers.authorization) fail(401, 'a valid credential is required');
    accounts.authorise(req.method ?? '', path);
    const route = routes.find(({ method, pattern }) => method === req.method && pattern.test(path));
    if (!route) fail(404, 'there is no such path');
    const params = route.pattern.exec(path)?.groups ?? {};
    const { id = '', delivery = '' } = params;
    const query = Object.fromEntries(url.searchParams);
    const answer = route.run({ params, id, delivery, query, body: text, req, res });
    if (res.writableEnded) return;
    emitChange(req.method, path, answer);
    res.writeHead(answer === undefined ? 204 : 200, { 'Content-Type': 'application/json' });
    res.end(answer === undefined ? undefined : JSON.stringify(answer));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    res.writeHead(error.body.status, { 'Content-Type': 'application/problem+json' });
    res.end(JSON.stringify(error.body));
  }
}

function serveStream(req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  res.write(`id: ${eventId}\n\n`);
  streams.add(res);
  req.on('close', () => streams.delete(res));
}

async function serveFile(res: ServerResponse, path: string): Promise<void> {
  const file = extname(path) ? path : '/index.html';
  const body = await readFile(DIST + file).catch(() => null);
  res.writeHead(body ? 200 : 404, {
    'Content-Type': TYPES[extname(file)] ?? 'text/plain',
    'Content-Security-Policy': CSP,
  });
  res.end(body ?? 'not found; run `npm run build` first');
}

createServer((req, res) => {
  const url = new URL(req.url ?? '/', 'http://localhost');
  if (url.pathname === '/api/v1/stream' && req.headers.authorization) serveStream(req, res);
  else if (url.pathname.startsWith('/api/')) void serveApi(req, res, url);
  else void serveFile(res, url.pathname);
}).listen(PORT, '127.0.0.1', () => console.log(`http://localhost:${PORT}`));

setInterval(() => {
  const checked = [...data.monitors.values()].filter(({ paused, kind }) => !paused && kind !== 'heartbeat');
  const monitor = checked[Math.floor(Math.random() * checked.length)];
  if (monitor) data.check(monitor).forEach(emit);
}, CHECK_EVERY_MS);
setInterval(() => {
  for (const stream of streams) stream.write(': keep-alive\n\n');
}, 15_000);
