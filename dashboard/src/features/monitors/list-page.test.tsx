import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it, vi } from 'vitest';
import type { Point, StatusEvent } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server, summary } from '../../../test/server';

it('links an empty account to its first monitor', async () => {
  serveQuietAccount();
  renderAt('/');
  const link = await screen.findByRole('link', { name: 'Add your first monitor' });
  expect(link).toHaveProperty('pathname', '/monitors/new');
});

it('shows a failed list as an error with its request ID, not as empty, and recovers on retry', async () => {
  serveQuietAccount();
  let down = true;
  server.use(
    http.get('/monitors', () =>
      down ? problem(503, 'the database is not available') : HttpResponse.json(page([monitor()])),
    ),
  );
  const { user } = renderAt('/');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('the database is not available');
  expect(alert.textContent).toContain('req-123');
  expect(screen.queryByText('No monitors yet')).toBeNull();

  down = false;
  await user.click(within(alert).getByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('link', { name: 'Example' })).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('shows a monitor as down on a live event, without refetching the list', async () => {
  serveQuietAccount([monitor()]);
  let lists = 0;
  let sendEvent = (_text: string) => {};
  server.use(
    http.get('/monitors', () => {
      lists++;
      return HttpResponse.json(page([monitor()]));
    }),
    http.get('/stream', ({ request, response }) => {
      expect(request.headers.get('authorization')).toBe('Bearer token');
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          sendEvent = (text) => controller.enqueue(new TextEncoder().encode(text));
          sendEvent(': welcome\n\n');
        },
      });
      const headers = { 'Content-Type': 'text/event-stream' };
      return response.untyped(new HttpResponse(body, { headers }));
    }),
  );
  renderAt('/');
  const list = await screen.findByRole('table', { name: 'Monitors' });
  await screen.findByText('Live');
  // Once for the page, and once for what changed before the stream opened.
  await waitFor(() => expect(lists).toBe(2));
  expect(within(list).getByText('Up')).toBeTruthy();

  server.use(http.get('/summary', () => HttpResponse.json(summary({ down: 1 }))));
  const status: StatusEvent['status'] = {
    state: 'down',
    since: '2025-11-20T12:01:00.000Z',
    last_checked_at: '2025-11-20T12:01:00.000Z',
    latency_ms: null,
    status_code: null,
    error: 'connection refused',
    error_code: 'connect_refused',
    incident_id: null,
  };
  const point: Point = { at: '2025-11-20T12:01:00.000Z', state: 'down', latency_ms: null };
  const event: StatusEvent = { monitor_id: 42, status, point };
  sendEvent(`id: 1\nevent: status\ndata: ${JSON.stringify(event)}\n\n`);

  expect(await within(list).findByText('Down')).toBeTruthy();
  expect(within(list).getByText('Connection refused')).toBeTruthy();
  expect(await screen.findByText('1 monitor is down')).toBeTruthy();
  expect(lists).toBe(2);
});

it('filters by state on the server', async () => {
  serveQuietAccount([monitor()]);
  const requested: (string | null)[] = [];
  server.use(
    http.get('/monitors', ({ request }) => {
      requested.push(new URL(request.url).searchParams.get('state'));
      return HttpResponse.json(page([]));
    }),
  );
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: /Degraded/ }));
  await waitFor(() => expect(requested.at(-1)).toBe('degraded'));
  expect(await screen.findByRole('heading', { name: 'No matching monitors' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Clear filters' })).toBeTruthy();
});

it('filters by type on the server, with the largest page', async () => {
  serveQuietAccount();
  const requested: string[] = [];
  server.use(
    http.get('/monitors', ({ request }) => {
      const params = new URL(request.url).searchParams;
      requested.push(`${params.get('kind')} ${params.get('limit')}`);
      return HttpResponse.json(page([monitor()]));
    }),
  );
  const { user } = renderAt('/');
  await user.selectOptions(await screen.findByLabelText('Type'), 'TCP');
  await waitFor(() => expect(requested.at(-1)).toBe('tcp 1000'));
  expect(requested[0]).toBe('null 1000');
});

it('loads all monitors, renders those in sight, and is navigated with the arrow keys', async () => {
  serveQuietAccount();
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => monitor({ id: from + index, name: `M${from + index}` }));
  const last = monitor({ id: 5_000, name: 'M5000' });
  server.use(
    http.get('/monitors', ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.get('cursor') === 'next'
          ? page([{ ...last, status: { ...last.status, state: 'down' as const } }])
          : { items: many(1, 2_000), next_cursor: 'next' },
      ),
    ),
  );
  const { user } = renderAt('/');
  // What is down is first, although it was on the last page.
  await screen.findByRole('link', { name: 'M5000' });
  const table = screen.getByRole('table', { name: 'Monitors' });
  const rows = () => within(table).getAllByRole('row');
  await waitFor(() => expect(within(rows()[1] as HTMLElement).getByText('M5000')).toBeTruthy());
  expect(table.getAttribute('aria-rowcount')).toBe('2002');
  expect(rows().length).toBeLessThan(60);
  expect(screen.getByText(/^2,001 monitors/)).toBeTruthy();

  await user.click(document.body);
  await user.keyboard('/');
  expect(document.activeElement).toBe(screen.getByLabelText('Search monitors'));
  const focused = () => document.activeElement?.textContent;
  within(table).getByRole('link', { name: 'M5000' }).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}');
  expect(focused()).toBe('M1');
  await user.keyboard('{End}');
  expect(focused()).toBe('M2000');
  expect(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')).toBe('2002');
  await user.keyboard('{ArrowUp}');
  expect(focused()).toBe('M1999');
  await user.keyboard('{Home}');
  expect(focused()).toBe('M5000');
});

it('is sorted by any column, as the address says', async () => {
  const of = (id: number, name: string, uptime: number | null, ms: number) => {
    const given = monitor({ id, name, uptime_24h: uptime });
    return { ...given, status: { ...given.status, latency_ms: ms } };
  };
  serveQuietAccount([of(1, 'A', 1, 20), of(2, 'B', 0.5, 900), of(3, 'C', null, 100)]);
  const { user } = renderAt('/?sort=-response');
  const table = await screen.findByRole('table', { name: 'Monitors' });
  const names = () =>
    within(table)
      .getAllByRole('link')
      .map(({ textContent }) => textContent);
  expect(names()).toEqual(['B', 'C', 'A']);
  const heading = within(table).getByRole('columnheader', { name: 'Response time' });
  expect(heading.getAttribute('aria-sort')).toBe('descending');
  await user.click(within(table).getByRole('button', { name: 'Uptime 24 h' }));
  await waitFor(() => expect(names()).toEqual(['B', 'A', 'C']));
  expect(window.location.search).toBe('?sort=uptime');
  await user.click(within(table).getByRole('button', { name: 'State' }));
  await waitFor(() => expect(window.location.search).toBe(''));
});

const tag = (id: number, name: string) => ({ id, name, colour: 'blue' as const, monitors: 1, version: 1 });

function serveTagged() {
  serveQuietAccount([monitor()]);
  const down = monitor({ id: 2, name: 'Checkout', tags: ['payments', 'shop'] });
  const monitors = [
    monitor({ id: 1, name: 'Front page', tags: ['shop'] }),
    { ...down, status: { ...down.status, state: 'down' as const } },
    monitor({ id: 3, name: 'Router', tags: [] }),
  ];
  server.use(
    http.get('/monitors', () => HttpResponse.json(page(monitors))),
    http.get('/tags', () => HttpResponse.json(page([tag(1, 'payments'), tag(2, 'shop')]))),
  );
}

it('groups the monitors by tag, and remembers in the address what is collapsed', async () => {
  serveTagged();
  const { user } = renderAt('/');
  const address = () => Object.fromEntries(new URLSearchParams(window.location.search));
  await user.click(await screen.findByRole('button', { name: 'Group by tag' }));
  const table = within(screen.getByRole('table', { name: 'Monitors' }));
  const rows = () =>
    table
      .getAllByRole('row')
      .slice(1)
      .map((row) => row.querySelector('[data-focus]')?.textContent);
  expect(rows()).toEqual([
    'payments1 down',
    'Checkout',
    'shop1 down1 up',
    'Checkout',
    'Front page',
    'Untagged1 up',
    'Router',
  ]);

  const toggle = screen.getByRole('button', { name: /shop/ });
  expect(toggle.getAttribute('aria-expanded')).toBe('true');
  await user.click(toggle);
  expect(toggle.getAttribute('aria-expanded')).toBe('false');
  expect(screen.queryByRole('link', { name: 'Front page' })).toBeNull();
  await waitFor(() => expect(address()).toEqual({ group: 'tag', closed: '["shop"]' }));

  await user.click(screen.getByRole('button', { name: 'Collapse all' }));
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Router' })).toBeNull());
  await user.click(screen.getByRole('button', { name: 'Expand all' }));
  await waitFor(() => expect(address()).toEqual({ group: 'tag' }));
});

it('stays where somebody has scrolled to when it is sorted or a group is collapsed', async () => {
  serveQuietAccount([monitor({ tags: ['eu'] }), monitor({ id: 43, name: 'Other', tags: ['eu'] })]);
  const { user } = renderAt('/?group=tag');
  const sort = await screen.findByRole('button', { name: 'Response time' });
  const scrollTo = vi.spyOn(window, 'scrollTo');
  await user.click(sort);
  await waitFor(() => expect(window.location.search).toContain('sort='));
  await user.click(screen.getByRole('button', { name: 'Collapse all' }));
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Other' })).toBeNull());
  expect(scrollTo).not.toHaveBeenCalled();
  await user.selectOptions(screen.getByLabelText('Type'), 'TCP');
  await waitFor(() => expect(scrollTo).toHaveBeenCalled());
  scrollTo.mockRestore();
});

it('opens grouped as the address says, and selects a group', async () => {
  serveTagged();
  const { user } = renderAt('/?group=tag&closed=%5B%22%22%5D');
  expect(await screen.findByRole('button', { name: /Untagged/, expanded: false })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Select' }));
  await user.click(screen.getByLabelText('Select all in shop'));
  expect(screen.getByText('2 selected')).toBeTruthy();
  expect(screen.getByLabelText('Select all in payments')).toHaveProperty('checked', true);
});
