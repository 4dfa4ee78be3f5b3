import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Incident, Point } from '@/api/models';
import { renderAt } from '../../../../test/render';
import {
  http,
  maintenanceWindow,
  monitor,
  page,
  problem,
  serveQuietAccount,
  server,
  summary,
} from '../../../../test/server';

it('has the days of certificates, what each check was, and rows that can be lower', async () => {
  const given = monitor();
  const expires = new Date(Date.now() + 9.5 * 86_400_000).toISOString();
  const points: Point[] = [
    { at: '2025-11-20T11:58:00.000Z', state: 'down', latency_ms: null },
    { at: '2025-11-20T11:59:00.000Z', state: 'up', latency_ms: 87 },
  ];
  serveQuietAccount([
    { ...given, sparkline: points, status: { ...given.status, tls_expires_at: expires } },
    monitor({ id: 43, name: 'Other' }),
  ]);
  const { user } = renderAt('/');
  const link = await screen.findByRole('link', { name: 'Example' });
  expect(screen.getByText('9 d').className).toContain('text-degraded');

  link.focus();
  await user.keyboard('{ArrowLeft}');
  const tooltip = screen.getByRole('tooltip');
  expect(tooltip.textContent).toMatch(/ · Up · 87 ms$/);
  await user.keyboard('{ArrowLeft}');
  expect(tooltip.textContent).toMatch(/ · Down$/);
  await user.keyboard('{Escape}');
  expect(tooltip.textContent).toBe('');

  await user.click(screen.getByRole('button', { name: 'Compact rows' }));
  expect(await screen.findByRole('button', { name: 'Comfortable rows' })).toBeTruthy();
  expect(localStorage.getItem('monitor-rows')).toBe('compact');
  await user.click(screen.getByRole('button', { name: 'Comfortable rows' }));
  expect(localStorage.getItem('monitor-rows')).toBeNull();
});

it('filters by maintenance, a state of its own', async () => {
  serveQuietAccount([
    monitor(),
    monitor({ id: 43, name: 'Patched' }),
    monitor({ id: 44, name: 'Shop', tags: ['shop'] }),
  ]);
  const hour = 3_600_000;
  const span = {
    repeat: 'once' as const,
    from: new Date(Date.now() - hour).toISOString(),
    until: new Date(Date.now() + hour).toISOString(),
  };
  server.use(
    http.get('/maintenance-windows', () =>
      HttpResponse.json(page([maintenanceWindow(span, { monitors: [43], tags: ['shop'] })])),
    ),
    http.get('/maintenance-windows/{id}/occurrences', () =>
      HttpResponse.json({ occurrences: [{ starts_at: span.from, ends_at: span.until, state: 'active' }] }),
    ),
  );
  const { user } = renderAt('/');
  const filter = await screen.findByRole('button', { name: '2 Maintenance' });
  expect(await screen.findAllByLabelText('In maintenance')).toHaveLength(2);
  await user.click(filter);
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Example' })).toBeNull());
  expect(screen.getByRole('link', { name: 'Patched' })).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Shop' })).toBeTruthy();
  expect(window.location.search).toBe('?state=maintenance');
  await user.click(screen.getByRole('button', { name: '2 Maintenance' }));
  expect(await screen.findByRole('link', { name: 'Example' })).toBeTruthy();
});

it('says why it cannot list those in maintenance, and lists them once it can', async () => {
  serveQuietAccount([monitor()]);
  let isDown = true;
  server.use(
    http.get('/maintenance-windows', () =>
      isDown ? problem(500, 'the windows cannot be read') : HttpResponse.json(page([])),
    ),
  );
  const { user } = renderAt('/?state=maintenance');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('the windows cannot be read');
  await waitFor(() => expect(screen.queryByRole('status', { name: 'Loading' })).toBeNull());
  expect(screen.queryByText('No matching monitors')).toBeNull();
  isDown = false;
  await user.click(within(alert).getByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('button', { name: 'Clear filters' })).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('begins maintenance of the monitors that are selected', async () => {
  serveQuietAccount([monitor(), monitor({ id: 43, name: 'Other' })]);
  const sent: unknown[] = [];
  server.use(
    http.post('/maintenance-windows', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(maintenanceWindow({ repeat: 'once', from: '', until: '' }), { status: 201 });
    }),
  );
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'Select' }));
  await user.click(screen.getByLabelText('Select Other'));
  const bar = within(screen.getByRole('region', { name: 'Actions for selected monitors' }));
  await user.click(bar.getByRole('button', { name: 'Maintenance' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Maintenance of 1 monitor' }));
  await user.clear(dialog.getByLabelText('Duration'));
  await user.type(dialog.getByLabelText('Duration'), '90');
  await user.click(dialog.getByRole('button', { name: 'Begin maintenance' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const [{ from, until, ...rest }] = sent as [{ from: string; until: string }];
  expect(rest).toEqual({ name: 'Maintenance', repeat: 'once', monitors: [43] });
  expect(Date.parse(until) - Date.parse(from)).toBe(90 * 60_000);
});

const incident = (changes: Partial<Incident>): Incident => ({
  id: '0190f3a2-0000-7000-8000-000000000001',
  monitor_id: 42,
  monitor_name: 'Example',
  started_at: new Date(Date.now() - 120_000).toISOString(),
  resolved_at: null,
  duration_seconds: 120,
  close_reason: null,
  first_error: 'connection refused',
  last_error: 'connection refused',
  error_code: 'connect_refused',
  acknowledged: null,
  ...changes,
});

it('has three outages in a strip, those first that wait for somebody, and acknowledges all of them', async () => {
  serveQuietAccount([monitor()]);
  const incidents = [1, 2, 3, 4].map((number) =>
    incident({
      id: `0190f3a2-0000-7000-8000-00000000000${number}`,
      monitor_name: `Down ${number}`,
      acknowledged: number === 1 ? { at: '2025-11-20T12:00:00.000Z', by: 'Ada' } : null,
    }),
  );
  const acknowledged: string[] = [];
  server.use(
    http.get('/summary', () => HttpResponse.json(summary({ up: 1, down: 4, open_incidents: 4 }))),
    http.get('/incidents', () => HttpResponse.json(page(incidents))),
    http.post('/incidents/{id}/acknowledge', ({ params }) => {
      acknowledged.push(params.id.slice(-1));
      const found = incidents.find(({ id }) => id === params.id) as Incident;
      if (params.id.endsWith('3')) return problem(503, 'the database is not available');
      found.acknowledged = { at: '2025-11-20T12:00:00.000Z', by: 'Ada' };
      return HttpResponse.json(found);
    }),
  );
  const { user } = renderAt('/');
  const strip = within(await screen.findByRole('region', { name: 'Ongoing incidents' }));
  expect(strip.getAllByRole('link').map(({ textContent }) => textContent)).toEqual([
    'Down 2',
    'Connection refused',
    'Down 3',
    'Connection refused',
    'Down 4',
    'Connection refused',
    'All 4',
  ]);
  expect(strip.getAllByRole('button', { name: 'Acknowledge' })).toHaveLength(3);
  await user.click(strip.getByRole('button', { name: 'Acknowledge all' }));
  const dialog = within(screen.getByRole('alertdialog'));
  await user.click(dialog.getByRole('button', { name: 'Acknowledge all' }));
  expect(await screen.findByText('2 incidents acknowledged')).toBeTruthy();
  expect(screen.getByText('Could not acknowledge 1 incident')).toBeTruthy();
  expect(acknowledged.sort()).toEqual(['2', '3', '4']);
  await waitFor(() => expect(strip.getAllByRole('button', { name: 'Acknowledge' })).toHaveLength(1));
});

it('offers no acknowledgement to whoever only looks on', async () => {
  serveQuietAccount([monitor()], 'viewer');
  server.use(
    http.get('/incidents', () =>
      HttpResponse.json(page([incident({}), incident({ id: '0190f3a2-0000-7000-8000-000000000002' })])),
    ),
  );
  renderAt('/');
  const strip = within(await screen.findByRole('region', { name: 'Ongoing incidents' }));
  expect(strip.queryByRole('button')).toBeNull();
});
