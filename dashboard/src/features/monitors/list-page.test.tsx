import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { api, monitor, page, problem, serveQuietAccount, server, summary } from '../../../test/server';

it('leads an empty account to its first monitor', async () => {
  serveQuietAccount();
  renderAt('/');
  const link = await screen.findByRole('link', { name: 'Add the first monitor' });
  expect(link).toHaveProperty('pathname', '/monitors/new');
});

it('shows a failed list as an error with its request id, not as an empty one, and recovers by Retry', async () => {
  serveQuietAccount();
  let down = true;
  server.use(
    http.get(api('/monitors'), () =>
      down ? problem(503, 'the database is not available') : HttpResponse.json(page([monitor()])),
    ),
  );
  const { user } = renderAt('/');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('the database is not available');
  expect(alert.textContent).toContain('req-123');
  expect(screen.queryByText('Nothing is monitored yet')).toBeNull();

  down = false;
  await user.click(within(alert).getByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('link', { name: 'Example' })).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('turns a monitor DOWN when the stream says so, without loading the list again', async () => {
  serveQuietAccount([monitor()]);
  let lists = 0;
  let sendEvent = (_text: string) => {};
  server.use(
    http.get(api('/monitors'), () => {
      lists++;
      return HttpResponse.json(page([monitor()]));
    }),
    http.get(api('/stream'), ({ request }) => {
      expect(request.headers.get('authorization')).toBe('Bearer token');
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          sendEvent = (text) => controller.enqueue(new TextEncoder().encode(text));
          sendEvent(': welcome\n\n');
        },
      });
      return new HttpResponse(body, { headers: { 'Content-Type': 'text/event-stream' } });
    }),
  );
  renderAt('/');
  const list = await screen.findByRole('list', { name: 'Monitors' });
  await screen.findByText('Live');
  expect(within(list).getByText('UP')).toBeTruthy();

  server.use(http.get(api('/summary'), () => HttpResponse.json(summary({ down: 1 }))));
  const status = {
    state: 'down',
    since: '2025-11-20T12:01:00.000Z',
    last_checked_at: '2025-11-20T12:01:00.000Z',
    latency_ms: null,
    status_code: null,
    error: 'connection refused',
    error_code: 'connect_refused',
    incident_id: null,
  };
  const point = { at: '2025-11-20T12:01:00.000Z', state: 'down', latency_ms: null };
  sendEvent(`id: 1\nevent: status\ndata: ${JSON.stringify({ monitor_id: 42, status, point })}\n\n`);

  expect(await within(list).findByText('DOWN')).toBeTruthy();
  expect(within(list).getByText('The host refused the connection.')).toBeTruthy();
  expect(await screen.findByText('1 monitor is DOWN')).toBeTruthy();
  expect(lists).toBe(1);
});

it('asks the server for the state that is chosen', async () => {
  serveQuietAccount([monitor()]);
  const asked: (string | null)[] = [];
  server.use(
    http.get(api('/monitors'), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('state'));
      return HttpResponse.json(page([]));
    }),
  );
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: /DEGRADED/ }));
  await waitFor(() => expect(asked).toEqual([null, 'degraded']));
  expect(await screen.findByText('No monitor matches')).toBeTruthy();
});

it('asks for the kind that is chosen, and for as many as there may be on a page', async () => {
  serveQuietAccount();
  const asked: string[] = [];
  server.use(
    http.get(api('/monitors'), ({ request }) => {
      const params = new URL(request.url).searchParams;
      asked.push(`${params.get('kind')} ${params.get('limit')}`);
      return HttpResponse.json(page([monitor()]));
    }),
  );
  const { user } = renderAt('/');
  await user.selectOptions(await screen.findByLabelText('Kind'), 'TCP');
  await waitFor(() => expect(asked).toEqual(['null 1000', 'tcp 1000']));
});

it('draws a long list bit by bit, then fetches the rest, and is walked with the arrow keys', async () => {
  serveQuietAccount();
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => monitor({ id: from + index, name: `M${from + index}` }));
  server.use(
    http.get(api('/monitors'), ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.get('cursor') === 'next'
          ? page(many(151, 1))
          : { items: many(1, 150), next_cursor: 'next' },
      ),
    ),
  );
  const { user } = renderAt('/');
  const list = within(await screen.findByRole('list', { name: 'Monitors' }));
  expect(list.getAllByRole('listitem')).toHaveLength(100);
  const more = screen.getByRole('button', { name: 'Show more' });
  await user.click(more);
  expect(list.getAllByRole('listitem')).toHaveLength(150);
  await user.click(more);
  expect(await list.findByText('M151')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();

  await user.click(document.body);
  await user.keyboard('/');
  expect(document.activeElement).toBe(screen.getByLabelText('Search monitors'));
  list.getByRole('link', { name: 'M1' }).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}');
  expect(document.activeElement).toBe(list.getByRole('link', { name: 'M2' }));
});
