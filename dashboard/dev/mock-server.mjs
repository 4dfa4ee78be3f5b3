/**
 * A mock of the API in docs/API.md, for dashboard development: run `npm run mock` next to `npm run dev`. Also
 * serves dist/ with a strict content security policy. Data is kept in memory, and any password except "wrong" is
 * accepted. With `--empty` the account has no monitors.
 */
import { readFile } from 'node:fs/promises';
import { createServer, STATUS_CODES } from 'node:http';
import { extname } from 'node:path';
import * as alerts from './mock-alerts.mjs';
import * as data from './mock-data.mjs';

const PORT = Number(process.env.PORT ?? 8080);
const CHECK_EVERY_MS = 1_500;
const DIST = new URL('../dist', import.meta.url).pathname;
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html' };
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

if (!process.argv.includes('--empty')) {
  data.createData();
  alerts.createWindows();
}

const streams = new Set();
const found = (thing) => thing ?? fail(404, 'there is no such thing');
const lookup = (map, id) => found(map.get(Number(id)));
const list = (items) => ({ items, next_cursor: null });

class Problem extends Error {
  constructor(status, detail, errors = []) {
    super(detail);
    this.body = {
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail,
      errors,
      request_id: crypto.randomUUID(),
    };
  }
}

function fail(status, detail, errors) {
  throw new Problem(status, detail, errors);
}

let eventId = Date.now();
function emit([event, payload]) {
  const text = `id: ${++eventId}\nevent: ${event}\ndata: ${JSON.stringify(payload)}\n\n`;
  for (const stream of streams) stream.write(text);
}

const session = (email = 'ada@example.org') => ({
  access_token: `token-${Date.now()}`,
  expires_in: 3_600,
  user: { id: 1, email, name: 'Ada' },
  org: { id: 1, name: 'Ada', role: 'owner' },
});

function logIn({ email, password }, res) {
  if (password === 'wrong') fail(401, 'the email or the password is wrong');
  res.setHeader('Set-Cookie', 'uptime_refresh=1; HttpOnly; SameSite=Strict; Path=/api/v1/auth');
  return session(email);
}

function register(account, res) {
  if (account.password?.includes('password')) {
    fail(422, '1 field is not valid', [{ field: 'password', message: 'is too easily guessed' }]);
  }
  return logIn(account, res);
}

function saveMonitor(fields, monitor) {
  if (fields.url?.includes('localhost')) {
    fail(422, '1 field is not valid', [{ field: 'url', message: 'must be a public address' }]);
  }
  if (!monitor) return data.addMonitor(fields);
  return data.patchMonitor(monitor, fields);
}

function setPaused(monitor, paused) {
  monitor.paused = paused;
  monitor.status = {
    ...data.PENDING,
    state: paused ? 'paused' : 'pending',
    since: new Date().toISOString(),
  };
  if (paused) data.closeIncidentsOf(monitor, 'paused');
  emit(['status', { monitor_id: monitor.id, status: monitor.status, point: null }]);
  return monitor;
}

function setMuted(monitor, muted, until = null) {
  return Object.assign(monitor, { muted, muted_until: until });
}

function summary() {
  const counts = { up: 0, degraded: 0, down: 0, pending: 0, paused: 0 };
  for (const { status } of data.monitors.values()) counts[status.state]++;
  const open = data.incidents.filter((incident) => incident.resolved_at === null).length;
  return { ...counts, open_incidents: open, checks_last_hour: counts.up * 60 };
}

function uptime(id) {
  const ratio = data.monitors.get(Number(id))?.uptime_24h ?? null;
  const windows = { '24h': 1, '7d': 1, '30d': 0.62, '90d': 0.21, '365d': 0.05 };
  const cell = (coverage) => ({
    ratio,
    downtime_seconds: Math.round((1 - (ratio ?? 1)) * 86_400),
    incidents: data.incidents.filter((incident) => incident.monitor_id === Number(id)).length,
    coverage: ratio === null ? 0 : coverage,
  });
  return Object.fromEntries(Object.entries(windows).map(([name, coverage]) => [name, cell(coverage)]));
}

function findMonitors({ q = '', state, kind }) {
  const found = [...data.monitors.values()].filter(
    (m) =>
      `${m.name} ${m.url}`.toLowerCase().includes(q.toLowerCase()) &&
      (!state || m.status.state === state) &&
      (!kind || m.kind === kind),
  );
  return list(found);
}

const NEW_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwC2FLbWx1Yk4=';

function saveChannel(
  { config = {}, alerts: rules = {}, ...fields },
  old = { id: data.nextId(), kind: fields.kind, config: {}, alerts: data.ALERTS },
) {
  for (const field of ['webhook_url', 'url']) {
    if (config[field] && !config[field].startsWith('https://')) {
      fail(422, '1 field is not valid', [{ field: `config.${field}`, message: 'must start with https://' }]);
    }
  }
  const isMade = old.kind === 'webhook' && (config.secret === null || !(config.secret ?? old.config.secret));
  const merged = { ...old.config, ...config };
  if (old.kind === 'slack') merged.webhook_url = 'https://hooks.slack.com/…';
  if (old.kind === 'webhook') {
    if (isMade && old.config.secret) merged.previous_secret = '***';
    if (merged.previous_secret === null) delete merged.previous_secret;
    merged.secret = '***';
  }
  const changes = { ...fields, config: merged, alerts: { ...old.alerts, ...rules } };
  data.channels.set(old.id, Object.assign(old, changes));
  return isMade ? { ...old, config: { ...merged, secret: NEW_SECRET } } : old;
}

function testChannel({ enabled, kind }) {
  if (kind === 'email') return { ok: false, error: 'there is no mail server (SMTP_URL)' };
  return enabled ? { ok: true, error: null } : { ok: false, error: 'Slack answered 404: no_team' };
}

const ROUTES = [
  ['POST /auth/login', ({ body, res }) => logIn(body, res)],
  ['POST /auth/register', ({ body, res }) => register(body, res)],
  [
    'POST /auth/refresh',
    ({ req }) => (req.headers.cookie?.includes('uptime_refresh=1') ? session() : fail(401, 'no session')),
  ],
  [
    'POST /auth/logout',
    ({ res }) => void res.setHeader('Set-Cookie', 'uptime_refresh=; Path=/api/v1/auth; Max-Age=0'),
  ],
  ['GET /summary', summary],
  ['GET /monitors', ({ query }) => findMonitors(query)],
  ['POST /monitors', ({ body }) => saveMonitor(body)],
  ['POST /monitors/preview', ({ body }) => alerts.checkAnswer(body)],
  [
    'POST /monitors/:id/check-now',
    ({ id }) => {
      const monitor = lookup(data.monitors, id);
      return alerts.checkAnswer(monitor, monitor.status.state === 'down');
    },
  ],
  ['POST /monitors/:id/mute', ({ id, body }) => setMuted(lookup(data.monitors, id), true, body.until)],
  ['POST /monitors/:id/unmute', ({ id }) => setMuted(lookup(data.monitors, id), false)],
  ['GET /monitors/:id/series', ({ id, query }) => alerts.series(id, query)],
  ['GET /monitors/:id', ({ id }) => lookup(data.monitors, id)],
  ['PATCH /monitors/:id', ({ id, body }) => saveMonitor(body, lookup(data.monitors, id))],
  ['DELETE /monitors/:id', ({ id }) => void data.monitors.delete(Number(id))],
  ['POST /monitors/:id/pause', ({ id }) => setPaused(lookup(data.monitors, id), true)],
  ['POST /monitors/:id/resume', ({ id }) => setPaused(lookup(data.monitors, id), false)],
  [
    'GET /monitors/:id/results',
    ({ id, query }) => list(data.resultsOf(Number(id)).slice(0, Number(query.limit ?? 50))),
  ],
  ['GET /monitors/:id/uptime', ({ id }) => uptime(id)],
  [
    'GET /incidents',
    ({ query: { monitor_id: id, open, limit = 50 } }) =>
      list(
        data.incidents
          .filter((i) => (!id || i.monitor_id === Number(id)) && (!open || i.resolved_at === null))
          .slice(0, Number(limit)),
      ),
  ],
  ['GET /incidents/:uuid', ({ id }) => found(alerts.incident(id))],
  ['GET /incidents/:uuid/events', ({ id }) => list(alerts.steps(id))],
  ['POST /incidents/:uuid/acknowledge', ({ id }) => found(alerts.acknowledge(id))],
  ['POST /incidents/:uuid/notes', ({ id, body }) => found(alerts.addNote(id, body.text))],
  ['GET /maintenance-windows', () => list([...alerts.windows.values()])],
  ['POST /maintenance-windows', ({ body }) => alerts.saveWindow(body)],
  ['PATCH /maintenance-windows/:id', ({ id, body }) => alerts.saveWindow(body, lookup(alerts.windows, id))],
  ['DELETE /maintenance-windows/:id', ({ id }) => void alerts.windows.delete(Number(id))],
  ['GET /channels/:id/deliveries', ({ id, query }) => list(alerts.deliveries(id, query))],
  ['POST /channels/\\d+/deliveries/:uuid/resend', ({ id }) => alerts.resend(id)],
  ['GET /channels', () => list([...data.channels.values()])],
  ['POST /channels', ({ body }) => saveChannel(body)],
  ['PATCH /channels/:id', ({ id, body }) => saveChannel(body, lookup(data.channels, id))],
  ['DELETE /channels/:id', ({ id }) => void data.channels.delete(Number(id))],
  ['POST /channels/:id/test', ({ id }) => testChannel(lookup(data.channels, id))],
].map(([route, answer]) => [
  new RegExp(`^${route.replace(':id', '(\\d+)').replace(':uuid', '([-\\w]+)')}$`),
  answer,
]);

async function serveApi(req, res, url) {
  let text = '';
  for await (const chunk of req) text += chunk;
  const key = `${req.method} ${url.pathname.slice('/api/v1'.length)}`;
  try {
    if (!key.includes('/auth/') && !req.headers.authorization) fail(401, 'a valid credential is required');
    const route = ROUTES.find(([pattern]) => pattern.test(key)) ?? fail(404, 'there is no such path');
    const id = route[0].exec(key)[1];
    const body = text ? JSON.parse(text) : undefined;
    const answer = route[1]({ id, body, req, res, query: Object.fromEntries(url.searchParams) });
    res.writeHead(answer === undefined ? 204 : 200, { 'Content-Type': 'application/json' });
    res.end(answer === undefined ? undefined : JSON.stringify(answer));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    res.writeHead(error.body.status, { 'Content-Type': 'application/problem+json' });
    res.end(JSON.stringify(error.body));
  }
}

function serveStream(req, res) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  res.write(': welcome\n\n');
  streams.add(res);
  req.on('close', () => streams.delete(res));
}

async function serveFile(res, path) {
  const file = extname(path) ? path : '/index.html';
  const body = await readFile(DIST + file).catch(() => null);
  res.writeHead(body ? 200 : 404, {
    'Content-Type': TYPES[extname(file)] ?? 'text/plain',
    'Content-Security-Policy': CSP,
  });
  res.end(body ?? 'not found; run `npm run build` first');
}

createServer((req, res) => {
  const url = new URL(req.url, 'http://localhost');
  if (url.pathname === '/api/v1/stream' && req.headers.authorization) serveStream(req, res);
  else if (url.pathname.startsWith('/api/')) void serveApi(req, res, url);
  else void serveFile(res, url.pathname);
}).listen(PORT, '127.0.0.1', () => console.log(`http://localhost:${PORT}`));

setInterval(() => {
  const checked = [...data.monitors.values()].filter((monitor) => !monitor.paused);
  const monitor = checked[Math.floor(Math.random() * checked.length)];
  if (monitor) data.check(monitor).forEach(emit);
}, CHECK_EVERY_MS);
setInterval(() => {
  for (const stream of streams) stream.write(': keep-alive\n\n');
}, 15_000);
