import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Incident } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server } from '../../../../test/server';

const incident = (number: number): Incident => ({
  id: `0190f3a2-0000-7000-8000-00000000000${number}`,
  monitor_id: number,
  monitor_name: `Down ${number}`,
  started_at: new Date(Date.now() - 120_000).toISOString(),
  resolved_at: null,
  duration_seconds: 120,
  close_reason: null,
  first_error: 'connection refused',
  last_error: 'connection refused',
  error_code: 'connect_refused',
  acknowledged: null,
});

/** The ongoing incidents, and what says that they have changed. */
function serveIncidents(shown: { incidents: Incident[] }) {
  serveQuietAccount([monitor()]);
  let events: ReadableStreamDefaultController<Uint8Array> | undefined;
  server.use(
    http.get('/incidents', () => HttpResponse.json(page(shown.incidents))),
    http.get('/stream', ({ response }) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          events = controller;
        },
      });
      return response.untyped(new HttpResponse(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    }),
  );
  return () => events?.enqueue(new TextEncoder().encode('id: 1\nevent: incident\ndata: {}\n\n'));
}

async function ask(user: ReturnType<typeof renderAt>['user']) {
  const strip = within(await screen.findByRole('region', { name: 'Ongoing incidents' }));
  await user.click(strip.getByRole('button', { name: 'Acknowledge all' }));
  return within(screen.getByRole('alertdialog'));
}

it('tries again what came too fast, and does not count as failed what is over', async () => {
  serveIncidents({ incidents: [1, 2, 3].map(incident) });
  const tries: string[] = [];
  server.use(
    http.post('/incidents/{id}/acknowledge', ({ params, response }) => {
      const number = params.id.slice(-1);
      tries.push(number);
      if (number === '2') return problem(409, 'the incident is over');
      if (number === '3' && tries.filter((each) => each === '3').length === 1) {
        return response.untyped(new HttpResponse(null, { status: 429, headers: { 'Retry-After': '0' } }));
      }
      return HttpResponse.json(incident(Number(number)));
    }),
  );
  const { user } = renderAt('/');
  await user.click((await ask(user)).getByRole('button', { name: 'Acknowledge all' }));
  expect(await screen.findByText('2 incidents acknowledged')).toBeTruthy();
  expect(tries.sort()).toEqual(['1', '2', '3', '3']);
  expect(screen.queryByText(/Could not acknowledge/)).toBeNull();
});

it('stays open until it is done, also where no incident is left meanwhile', async () => {
  const shown = { incidents: [1, 2].map(incident) };
  const change = serveIncidents(shown);
  let finish = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  server.use(
    http.post('/incidents/{id}/acknowledge', async () => {
      await finished;
      return problem(409, 'the incident is over');
    }),
  );
  const { user } = renderAt('/');
  const dialog = await ask(user);
  await user.click(dialog.getByRole('button', { name: 'Acknowledge all' }));
  shown.incidents = [];
  change();
  await waitFor(() =>
    expect(screen.queryByRole('region', { name: 'Ongoing incidents', hidden: true })).toBeNull(),
  );
  await user.keyboard('{Escape}');
  await user.click(dialog.getByRole('button', { name: 'Cancel' }));
  expect(screen.getByRole('alertdialog')).toBeTruthy();
  finish();
  expect(await screen.findByText('No incident is left to acknowledge')).toBeTruthy();
  expect(screen.queryByRole('alertdialog')).toBeNull();
});
