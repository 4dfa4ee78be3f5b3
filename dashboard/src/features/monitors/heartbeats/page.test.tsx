import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it, vi } from 'vitest';
import { heartbeat, heartbeatMonitor, inSeconds, ping, serveHeartbeat } from '../../../../test/heartbeats';
import { renderAt } from '../../../../test/render';
import { http, page, problem, server } from '../../../../test/server';

const section = async (name: string) => within(await screen.findByRole('region', { name }));

it('shows the state, when it is due, and how long there is left', async () => {
  serveHeartbeat(heartbeatMonitor({ due_at: inSeconds(-65), overdue_at: inSeconds(650) }));
  renderAt('/monitors/42');
  expect(await screen.findByText('Late')).toBeTruthy();
  expect(screen.getByText(/^1 min \d+ s late$/)).toBeTruthy();
  expect(screen.getByText(/^overdue in 10 min/)).toBeTruthy();
  expect(screen.getByText('1 h ago')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Check now' })).toBeNull();
  expect(screen.queryByRole('heading', { name: 'History' })).toBeNull();
});

it('shows beside the state that the job is running, and each run of it', async () => {
  serveHeartbeat(heartbeatMonitor({ started_at: inSeconds(-30) }));
  const runs = [
    { run_id: null, started_at: inSeconds(-30), heard_at: null, is_overdue: false },
    {
      run_id: '5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11',
      started_at: inSeconds(-90),
      heard_at: null,
      is_overdue: true,
    },
  ];
  server.use(http.get('/monitors/{id}/heartbeat', () => HttpResponse.json(heartbeat({ runs }))));
  renderAt('/monitors/42');
  expect(await screen.findByText('Started')).toBeTruthy();
  const schedule = await section('Schedule');
  expect(await schedule.findByText('Every day')).toBeTruthy();
  expect(schedule.getByText('Running now')).toBeTruthy();
  expect(schedule.getAllByText(/too long/)).toHaveLength(1);
  expect(schedule.getByText('5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11')).toBeTruthy();
});

it('says why it is down', async () => {
  const error = { error: null, error_code: 'heartbeat_too_long' } as const;
  serveHeartbeat(heartbeatMonitor({ state: 'down', ...error }));
  renderAt('/monitors/42');
  expect(await screen.findByText('Job takes too long')).toBeTruthy();
});

it('lists pings, filters them by type, and loads older ones', async () => {
  serveHeartbeat();
  const asked: string[] = [];
  server.use(
    http.get('/monitors/{id}/pings', ({ request }) => {
      const { searchParams: query } = new URL(request.url);
      if (query.get('limit') === '200') return HttpResponse.json(page([]));
      asked.push(`${query.get('kind')} ${query.get('before')}`);
      if (query.get('kind') === 'fail') return HttpResponse.json(page([ping(7, 'fail', { exit_status: 3 })]));
      if (query.get('kind') === 'log') return HttpResponse.json(page([]));
      const from = query.get('before') === null ? 40 : 15;
      const items = Array.from({ length: from === 40 ? 25 : 2 }, (_, index) => ping(from - index));
      return HttpResponse.json({ items, next_cursor: from === 40 ? '16' : null });
    }),
  );
  const { user } = renderAt('/monitors/42');
  const pings = await section('Pings');
  expect(await pings.findAllByRole('row')).toHaveLength(26);
  await user.click(pings.getByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(pings.getAllByRole('row')).toHaveLength(28));
  expect(pings.queryByRole('button', { name: 'Show more' })).toBeNull();
  await user.selectOptions(pings.getByLabelText('Type'), 'Failure');
  await waitFor(() => expect(pings.getAllByRole('row')).toHaveLength(2));
  expect(within(pings.getAllByRole('row')[1] as HTMLElement).getByText('3')).toBeTruthy();
  await user.selectOptions(pings.getByLabelText('Type'), 'Log');
  expect(await pings.findByText('No pings of this type')).toBeTruthy();
  expect(asked).toEqual(['null null', 'null 16', 'fail null', 'log null']);
});

it('shows all of a ping, with its body', async () => {
  const full = ping(9, 'fail', {
    exit_status: 3,
    duration_ms: 65_000,
    message: 'no space left',
    run_id: '5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11',
    has_body: true,
    body_bytes: 20_000,
  });
  serveHeartbeat(heartbeatMonitor(), [full]);
  server.use(
    http.get('/monitors/{id}/pings/{n}/body', ({ params, response }) => {
      expect(params.n).toBe('9');
      const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
      return response.untyped(new HttpResponse('disk full\n<b>not bold</b>', { headers }));
    }),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Show ping 9' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Ping 9' }));
  expect(dialog.getByText('1 min 5 s')).toBeTruthy();
  expect(dialog.getByText('HTTPS GET')).toBeTruthy();
  expect(dialog.getByText('192.0.2.7')).toBeTruthy();
  expect(dialog.getByText('no space left')).toBeTruthy();
  expect(await dialog.findByText(/<b>not bold<\/b>/)).toBeTruthy();
  expect(dialog.getByText('The first 25 bytes of 20,000.')).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('offers a body that is not text as a file', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(9, 'success', { has_body: true, body_bytes: 3 })]);
  server.use(
    http.get('/monitors/{id}/pings/{n}/body', ({ response }) => {
      const headers = {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': 'attachment; filename="ping-9"',
      };
      return response.untyped(new HttpResponse(new Uint8Array([0, 255, 1]), { headers }));
    }),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Show ping 9' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(await dialog.findByText('The body is not text.')).toBeTruthy();
  expect(dialog.getByRole('button', { name: 'Download' })).toBeTruthy();
});

it('shows failed pings as an error, not as none', async () => {
  serveHeartbeat();
  server.use(http.get('/monitors/{id}/pings', () => problem(503, 'the database is not available')));
  renderAt('/monitors/42');
  const pings = await section('Pings');
  expect((await pings.findByRole('alert')).textContent).toContain('the database is not available');
  expect(pings.queryByText(/No ping yet/)).toBeNull();
});

it('has a line for the crontab while there is no ping', async () => {
  serveHeartbeat(heartbeatMonitor({ state: 'pending', last_ping_at: null }));
  renderAt('/monitors/42');
  const pings = await section('Pings');
  expect(await pings.findByText(/^0 3 \* \* \* .*curl .*\/ping\/0b9c5e1e/)).toBeTruthy();
  expect(pings.queryByLabelText('Type')).toBeNull();
});

it('shows viewers neither addresses nor where pings came from', async () => {
  const hidden = ping(9, 'success', { address: null, user_agent: null, has_body: true, body_bytes: 5 });
  serveHeartbeat(heartbeatMonitor(), [hidden], 'viewer');
  const { user } = renderAt('/monitors/42');
  expect((await section('How to ping')).getByText(/whoever has one can ping/)).toBeTruthy();
  const pings = await section('Pings');
  await user.click(await pings.findByRole('button', { name: 'Show ping 9' }));
  // A request for the body would fail the test: no handler answers it.
  expect(await screen.findByText('Shown to those who can change the monitor.')).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('columnheader', { name: 'Source' })).toBeNull();
  expect(screen.queryByText(/0b9c5e1e/)).toBeNull();
});

it('has snippets for both addresses', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(1)]);
  const { user } = renderAt('/monitors/42');
  const how = await section('How to ping');
  await user.click(await how.findByRole('button', { name: 'Kubernetes' }));
  expect(how.getByText(/kind: CronJob[\s\S]*0b9c5e1e[\s\S]*\/start/)).toBeTruthy();
  await user.click(how.getByRole('button', { name: 'Success only' }));
  await user.click(how.getByRole('button', { name: 'By slug' }));
  expect(how.getByText(/kind: CronJob[\s\S]*\/k3y\/nightly-backup/).textContent).not.toContain('/start');
});

it('replaces its addresses after a question, and shows what the server said if it could not', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(1)]);
  const NEXT = 'https://up.example.org/ping/ffffffff-6f0a-4f5e-9d0c-2f7a1b3c4d5e';
  server.use(
    http.post('/monitors/{id}/heartbeat/rotate', () => problem(503, 'the service is away'), { once: true }),
    http.post('/monitors/{id}/heartbeat/rotate', () => {
      const next = heartbeat({ ping_url: NEXT });
      server.use(http.get('/monitors/{id}/heartbeat', () => HttpResponse.json(next)));
      return HttpResponse.json(next);
    }),
  );
  const { user } = renderAt('/monitors/42');
  const how = await section('How to ping');
  await user.click(await how.findByRole('button', { name: 'Replace addresses' }));
  const dialog = within(await screen.findByRole('alertdialog'));
  expect(dialog.getByText(/stop working at once/)).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Replace addresses' }));
  expect(await dialog.findByText('the service is away')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Replace addresses' }));
  expect(await how.findByText(NEXT)).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
});

it('lets admins replace the key of addresses by slug', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(1)], 'admin');
  server.use(
    http.post('/ping-key/rotate', () => {
      const ping_url_by_slug = 'https://up.example.org/ping/n3w/nightly-backup';
      server.use(
        http.get('/monitors/{id}/heartbeat', () => HttpResponse.json(heartbeat({ ping_url_by_slug }))),
      );
      return HttpResponse.json({ exists: true, ping_key: 'n3w' });
    }),
  );
  const { user } = renderAt('/monitors/42');
  const how = await section('How to ping');
  await user.click(await how.findByRole('button', { name: 'By slug' }));
  expect(await how.findByText('https://up.example.org/ping/k3y/nightly-backup')).toBeTruthy();
  await user.click(how.getByRole('button', { name: 'Replace ping key' }));
  const dialog = within(await screen.findByRole('alertdialog'));
  await user.click(dialog.getByRole('button', { name: 'Replace ping key' }));
  expect(await how.findByText('https://up.example.org/ping/n3w/nightly-backup')).toBeTruthy();
});

it('says to editors who sees the addresses by slug', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(1)]);
  server.use(
    http.get('/monitors/{id}/heartbeat', () => HttpResponse.json(heartbeat({ ping_url_by_slug: null }))),
  );
  const { user } = renderAt('/monitors/42');
  const how = await section('How to ping');
  await user.click(await how.findByRole('button', { name: 'By slug' }));
  expect(how.getByText(/^Admins and owners can see and replace the ping key/)).toBeTruthy();
  expect(how.queryByRole('button', { name: /ping key/ })).toBeNull();
});

it('shows how long runs took, and is stepped through with the keyboard', async () => {
  const runs = [
    ping(3, 'success', { duration_ms: 240_000 }),
    ping(2, 'fail', { duration_ms: 60_000 }),
    ping(1, 'success', { duration_ms: 120_000 }),
  ];
  serveHeartbeat(heartbeatMonitor(), runs);
  const { user } = renderAt('/monitors/42');
  const chart = await (await section('Run durations')).findByRole('slider', {
    name: /last 3 runs: 1 min to 4 min, 1 failed/,
  });
  chart.focus();
  await user.keyboard('{ArrowLeft}');
  expect(chart.getAttribute('aria-valuetext')).toMatch(/^Failure, 1 min, /);
  await user.keyboard('{Home}');
  expect(chart.getAttribute('aria-valuetext')).toMatch(/^Success, 2 min, /);
});

it('has badges to copy', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(1)]);
  const { user } = renderAt('/monitors/42');
  const badges = await section('Badges');
  expect(badges.getByRole('img', { name: 'Badge of Nightly backup' }).getAttribute('src')).toBe(
    '/badge/b4dg3.svg',
  );
  expect(badges.getByText(/^!\[Nightly backup\]\(.*\/badge\/b4dg3\.svg\)$/)).toBeTruthy();
  await user.click(badges.getByRole('button', { name: 'Shields.io' }));
  expect(badges.getByText(/img\.shields\.io/)).toBeTruthy();
});

it('lets the keyboard scroll the table of pings on a phone', async () => {
  serveHeartbeat(heartbeatMonitor(), [ping(1)]);
  vi.spyOn(Element.prototype, 'scrollWidth', 'get').mockReturnValue(600);
  renderAt('/monitors/42');
  const table = await screen.findByRole('table');
  expect(table.closest('[role=region][tabindex="0"]')?.getAttribute('aria-label')).toBe('Pings');
  vi.restoreAllMocks();
});
