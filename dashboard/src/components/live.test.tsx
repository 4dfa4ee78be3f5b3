import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { afterEach, expect, it } from 'vitest';
import { renderAt } from '../../test/render';
import { http, serveQuietAccount, server, summary } from '../../test/server';

afterEach(() => document.head.replaceChildren());

it('says of when everything is once the connection is lost', async () => {
  serveQuietAccount();
  let connections = 0;
  let lose = () => {};
  server.use(
    http.get('/stream', ({ response }) => {
      connections++;
      if (connections > 1) return response.untyped(new HttpResponse(null, { status: 503 }));
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(': welcome\n\n'));
          lose = () => controller.close();
        },
      });
      return response.untyped(new HttpResponse(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    }),
  );
  renderAt('/');
  await screen.findByText('Live');
  expect(screen.queryByText(/^Last update/)).toBeNull();
  lose();
  expect(await screen.findByText('Reconnecting')).toBeTruthy();
  expect((await screen.findByText(/^Last update/)).textContent).toMatch(/^Last update \d\d:\d\d:\d\d$/);
});

it('has ongoing incidents in the title and the icon of the tab on every page, and none of an earlier time', async () => {
  const icon = document.createElement('link');
  icon.rel = 'icon';
  icon.href = '/favicon.svg';
  document.head.append(icon);
  serveQuietAccount();
  server.use(http.get('/summary', () => HttpResponse.json(summary({ down: 3, open_incidents: 3 }))));
  const { user } = renderAt('/');
  await waitFor(() => expect(document.title).toBe('(3) Monitors · Uptime Monitor'));
  expect(icon.href).toContain('favicon-down');
  await user.click(screen.getByRole('link', { name: /^Incidents/ }));
  await waitFor(() => expect(document.title).toBe('(3) Incidents · Uptime Monitor'));
  await user.click(screen.getByRole('link', { name: 'Monitors' }));
  await user.click(await screen.findByRole('button', { name: 'View an earlier time' }));
  await waitFor(() => expect(document.title).toBe('Earlier time: Monitors · Uptime Monitor'));
  expect(icon.href).toContain('/favicon.svg');
});
