import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it, vi } from 'vitest';
import type { Bucket, CheckResult, Incident, Monitor } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  monitor,
  onDemandCheck,
  page,
  problem,
  series,
  serveQuietAccount,
  server,
} from '../../../test/server';

const INCIDENT: Incident = {
  id: '8f0c1c1e-0000-4000-8000-000000000000',
  monitor_id: 42,
  monitor_name: 'Example',
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: null,
  duration_seconds: 60,
  close_reason: null,
  error_code: 'read_timeout',
  first_error: 'Timed out after 5 s (waiting for the response)',
  last_error: 'Timed out after 5 s (waiting for the response)',
  acknowledged: null,
};

function serveMonitor(incidents: Incident[] = []) {
  serveQuietAccount();
  const window = { ratio: 1, downtime_seconds: 0, incidents: 0, coverage: 1 };
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/uptime', () =>
      HttpResponse.json({ '24h': window, '7d': window, '30d': window, '90d': window, '365d': window }),
    ),
    http.get('/incidents', () => HttpResponse.json(page(incidents))),
  );
}

it('runs a check now, and shows the duration of each phase', async () => {
  serveMonitor();
  server.use(
    http.post('/monitors/{id}/check-now', () => problem(503, 'the service is away'), { once: true }),
    http.post('/monitors/{id}/check-now', () =>
      HttpResponse.json(onDemandCheck({ timings_us: { connect: 1_500, first_byte: 32_000 } })),
    ),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Check now' }));
  expect(await screen.findByText('the service is away')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Close' }));
  await user.click(screen.getByRole('button', { name: 'Check now' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText('Up · 34 ms · HTTP 200')).toBeTruthy();
  expect(dialog.getByText('1.5 ms')).toBeTruthy();
  expect(dialog.queryByText('TLS handshake')).toBeNull();
});

it('mutes for the selected time, and shows that until unmuted', async () => {
  serveMonitor();
  const sent: { until: string | null }[] = [];
  server.use(
    http.post('/monitors/{id}/mute', async ({ request }) => {
      const body = (await request.json()) as { until: string | null };
      sent.push(body);
      return HttpResponse.json(monitor({ muted: true, muted_until: body.until }));
    }),
    http.post('/monitors/{id}/unmute', () => HttpResponse.json(monitor())),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Mute' }));
  await user.click(await screen.findByRole('menuitem', { name: 'For 8 hours' }));
  expect(await screen.findByText(/^Muted until /)).toBeTruthy();
  const until = Date.parse(sent[0]?.until ?? '');
  expect(Math.abs(until - Date.now() - 8 * 3_600_000)).toBeLessThan(60_000);
  await user.click(screen.getByRole('button', { name: 'Unmute' }));
  await user.click(await screen.findByRole('button', { name: 'Mute' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Until unmuted' }));
  expect(await screen.findByText('Muted')).toBeTruthy();
  expect(sent[1]).toEqual({ until: null });
});

it('shows the phases of the last check, and when the certificate expires', async () => {
  serveMonitor();
  const { status } = monitor();
  const timings_us = { dns: 900, connect: 11_000, tls: 24_000, first_byte: 49_000, transfer: 2_100 };
  const tls_expires_at = new Date(Date.now() + 5.5 * 86_400_000).toISOString();
  const latest = monitor({ status: { ...status, timings_us, tls_expires_at } });
  server.use(http.get('/monitors/{id}', () => HttpResponse.json(latest)));
  renderAt('/monitors/42');
  const last = within(await screen.findByRole('region', { name: 'Last check' }));
  expect(last.getByText('TLS handshake')).toBeTruthy();
  expect(last.getByText('24 ms')).toBeTruthy();
  expect(last.getByText(/in 5 d/)).toBeTruthy();
});

it('says at a glance what it is, when it is checked next, and until when its certificate is valid', async () => {
  serveMonitor();
  const { status } = monitor();
  const last_checked_at = new Date(Date.now() - 10_000).toISOString();
  const tls_expires_at = new Date(Date.now() + 90.5 * 86_400_000).toISOString();
  let shown = monitor({ interval_seconds: 3_600, status: { ...status, last_checked_at, tls_expires_at } });
  server.use(http.get('/monitors/{id}', () => HttpResponse.json(shown)));
  const cell = async (label: string) => (await screen.findByText(label)).nextElementSibling?.textContent;
  const first = renderAt('/monitors/42');
  expect(await cell('Response time')).toBe('87 msHTTP 200');
  expect(await cell('Next check')).toMatch(/^In 59 min/);
  expect(await cell('Interval')).toBe('Every hour');
  expect(await cell('Certificate')).toMatch(/^Expires in 90 d/);
  first.unmount();
  const hoursAgo = new Date(Date.now() - 5 * 3_600_000).toISOString();
  shown = { ...shown, status: { ...shown.status, last_checked_at: hoursAgo } };
  renderAt('/monitors/42');
  expect(await cell('Next check')).toMatch(/^Late by 4 h/);
});

it('acknowledges an open incident', async () => {
  const incidents = [INCIDENT];
  serveMonitor(incidents);
  server.use(
    http.post('/incidents/{id}/acknowledge', () => {
      incidents[0] = { ...INCIDENT, acknowledged: { at: '2025-11-20T11:01:00.000Z', by: 'Ada' } };
      return HttpResponse.json(incidents[0]);
    }),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Acknowledge' }));
  expect(await screen.findByText('Acknowledged by Ada')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
});

it('says that its definition cannot be read, and lets it be replaced or deleted', async () => {
  serveMonitor();
  const { http: _, ...base } = monitor();
  const unreadable: Monitor = {
    ...base,
    ...{ kind: null, url: null, interval_seconds: null },
    definition_error: 'the definition cannot be read, so nothing is checked',
  };
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(unreadable)),
    http.get('/monitors', () => HttpResponse.json(page([unreadable]))),
  );
  const { user } = renderAt('/');
  expect(await screen.findByText('Definition cannot be read')).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Example' }));
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('so nothing is checked');
  expect(screen.queryByRole('button', { name: 'Check now' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Delete' })).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Edit' }));
  expect((await screen.findByLabelText<HTMLInputElement>('Name')).value).toBe('Example');
  expect(screen.getByLabelText<HTMLInputElement>('URL').value).toBe('');
});

it('shows a monitor without a name by its address or its number', async () => {
  serveMonitor();
  const { http: _, ...base } = monitor({ name: ' ' });
  const unreadable: Monitor = {
    ...base,
    ...{ kind: null, url: null, interval_seconds: null },
    definition_error: 'the definition cannot be read, so nothing is checked',
  };
  const items = [unreadable, monitor({ id: 43, name: '', url: 'https://named.example/' })];
  server.use(http.get('/monitors', () => HttpResponse.json(page(items))));
  renderAt('/');
  expect(await screen.findByRole('link', { name: `#${base.id}` })).toBeTruthy();
  expect(screen.getByRole('link', { name: 'https://named.example/' })).toBeTruthy();
});

const bucket = (minute: number, changes: Partial<Bucket>): Bucket => ({
  at: `2025-11-20T10:0${minute}:00.000Z`,
  up: 10,
  degraded: 0,
  down: 0,
  skipped: 0,
  availability: 1,
  coverage: 1,
  p50_ms: 20,
  p95_ms: 40,
  p99_ms: 80,
  min_ms: 10,
  max_ms: 90,
  ...changes,
});

it('steps through the history with the keyboard', async () => {
  serveMonitor();
  const buckets = [bucket(0, { availability: 0.5, down: 5 }), bucket(1, {}), bucket(2, { p50_ms: 30 })];
  server.use(http.get('/monitors/{id}/series', () => HttpResponse.json(series(buckets))));
  const { user } = renderAt('/monitors/42');
  const history = await screen.findByRole('region', { name: 'History' });
  const chart = await within(history).findByRole('slider', { name: /failures in 1 of 3 intervals/ });
  chart.focus();
  await user.keyboard('{ArrowLeft}');
  expect(chart.getAttribute('aria-valuenow')).toBe('2');
  await user.keyboard('{Home}{ArrowLeft}');
  expect(chart.getAttribute('aria-valuetext')).toMatch(/50.00% uptime, 5 down, p99 80 ms/);
  expect(within(history).getByText('50.00% uptime · 5 down')).toBeTruthy();
  await user.keyboard('{End}');
  expect(within(history).getByText('p50 30 ms')).toBeTruthy();
});

it('says why the latest check was not made', async () => {
  serveMonitor();
  const skipped: CheckResult = {
    scheduled_at: '2025-11-20T12:00:00.000Z',
    checked_at: null,
    outcome: 'skipped',
    state: 'skipped',
    latency_ms: null,
    status_code: null,
    error: "Not checked: the pinger's system does not permit it",
    error_code: null,
    attempts: 0,
    region: 'default',
  };
  server.use(http.get('/monitors/{id}/results', () => HttpResponse.json(page([skipped]))));
  renderAt('/monitors/42');
  // Beside the state, and in the table.
  expect(await screen.findAllByText(/does not permit it/)).toHaveLength(2);
});

it('shows one figure for the uptime of a window', async () => {
  serveMonitor();
  const window = { ratio: 0.9702, downtime_seconds: 2_575, incidents: 1, coverage: 1 };
  server.use(
    http.get('/monitors/{id}/uptime', () =>
      HttpResponse.json({ '24h': window, '7d': window, '30d': window, '90d': window, '365d': window }),
    ),
  );
  renderAt('/monitors/42');
  expect((await screen.findAllByText('97.02%')).length).toBeGreaterThan(0);
  expect(await screen.findByText('97.02% uptime')).toBeTruthy();
});

it('lets the keyboard scroll a table that is too wide', async () => {
  serveMonitor();
  const result: CheckResult = {
    scheduled_at: '2025-11-20T12:00:00.000Z',
    checked_at: '2025-11-20T12:00:00.000Z',
    outcome: 'up',
    state: 'up',
    latency_ms: 87,
    status_code: 200,
    error: null,
    error_code: null,
    attempts: 1,
    region: 'default',
  };
  server.use(http.get('/monitors/{id}/results', () => HttpResponse.json(page([result]))));
  vi.spyOn(Element.prototype, 'scrollWidth', 'get').mockReturnValue(600);
  renderAt('/monitors/42');
  const table = await screen.findByRole('table');
  expect(table.closest('[role=region][tabindex="0"]')?.getAttribute('aria-label')).toBe('Recent results');
  vi.restoreAllMocks();
});
