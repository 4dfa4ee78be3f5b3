import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Incident, Role } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, page, problem, serveQuietAccount, server } from '../../../test/server';

const incident = (index: number, changes: Partial<Incident> = {}): Incident => ({
  id: `8f0c1c1e-0000-4000-8000-00000000000${index}`,
  monitor_id: index,
  monitor_name: `Monitor ${index}`,
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: null,
  duration_seconds: 600,
  close_reason: null,
  error_code: 'connect_refused',
  first_error: 'Connection refused',
  last_error: 'Connection refused',
  acknowledged: null,
  ...changes,
});

const ADA = { at: '2025-11-20T11:05:00.000Z', by: 'Ada' };

function serveIncidents(count: number, role: Role = 'responder', isHeld = false) {
  const incidents = Array.from({ length: count }, (_, at) => incident(at + 1));
  const done: string[] = [];
  const notes: [string, unknown][] = [];
  /** Requests that wait until they are answered. */
  const held: (() => void)[] = [];
  serveQuietAccount([], role);
  server.use(
    http.get('/incidents', ({ query }) =>
      HttpResponse.json(page(query.get('open') === 'true' ? incidents : [])),
    ),
    http.post('/incidents/{id}/acknowledge', async ({ params }) => {
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      done.push(params.id);
      const at = incidents.findIndex(({ id }) => id === params.id);
      const found = { ...incident(at + 1), acknowledged: ADA };
      incidents[at] = found;
      return HttpResponse.json(found);
    }),
    http.post('/incidents/{id}/notes', async ({ params, request }) => {
      notes.push([params.id, await request.json()]);
      return HttpResponse.json(incident(1));
    }),
  );
  return { done, notes, held };
}

const box = (index: number) =>
  screen.findByRole('checkbox', { name: `Select the incident of Monitor ${index}` });

it('acknowledges those that are selected with the keyboard, with a note, and says what came of each', async () => {
  const { done, notes } = serveIncidents(3);
  server.use(
    http.post(
      '/incidents/{id}/acknowledge',
      ({ params }) =>
        params.id.endsWith('2') ? problem(503, 'try again later') : HttpResponse.json(incident(1)),
      { once: true },
    ),
  );
  const { user } = renderAt('/incidents');
  (await screen.findByRole('button', { name: 'Select incidents' })).focus();
  await user.keyboard('{Enter}');
  const second = await box(2);
  second.focus();
  await user.keyboard(' ');
  expect(screen.getByText('1 selected')).toBeTruthy();
  screen.getByRole('button', { name: 'Acknowledge 1' }).focus();
  await user.keyboard('{Enter}');
  const dialog = within(screen.getByRole('dialog', { name: 'Acknowledge 1 incident' }));
  await user.type(dialog.getByLabelText('Note (optional)'), 'Looking into it');
  await user.click(dialog.getByRole('button', { name: 'Acknowledge' }));
  expect(await dialog.findByText('Not acknowledged: try again later')).toBeTruthy();
  expect(notes).toEqual([]);
  await user.click(dialog.getByRole('button', { name: 'Retry' }));
  expect(await dialog.findByText('1 incident acknowledged')).toBeTruthy();
  expect(done).toEqual([incident(2).id]);
  expect(notes).toEqual([[incident(2).id, { text: 'Looking into it' }]]);
  await user.click(dialog.getAllByRole('button', { name: 'Close' })[0] as HTMLElement);
  // It cannot be selected again.
  await waitFor(() =>
    expect(screen.queryByRole('checkbox', { name: 'Select the incident of Monitor 2' })).toBeNull(),
  );
  expect(screen.getByText('0 selected')).toBeTruthy();
  const bar = within(screen.getByRole('region', { name: 'Actions for selected incidents' }));
  await waitFor(() => expect(document.activeElement).toBe(bar.getByRole('button', { name: 'Acknowledge' })));
});

it('acknowledges at most five at a time, and only a note that failed is tried again', async () => {
  const { done, notes, held } = serveIncidents(8, 'responder', true);
  server.use(http.post('/incidents/{id}/notes', () => problem(500, 'the note is lost'), { once: true }));
  const { user } = renderAt('/incidents');
  await user.click(await screen.findByRole('button', { name: 'Select incidents' }));
  await user.click(await screen.findByRole('button', { name: 'Select all 8' }));
  await user.click(screen.getByRole('button', { name: 'Acknowledge 8' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Note (optional)'), 'All of them');
  await user.click(dialog.getByRole('button', { name: 'Acknowledge' }));
  for (const count of [5, 3]) {
    await waitFor(() => expect(held).toHaveLength(count));
    for (const answer of held.splice(0)) answer();
  }
  expect(await dialog.findByText('7 acknowledged, 1 failed')).toBeTruthy();
  expect(
    dialog.getByText('Acknowledged, but the note was not added: the note is lost', { exact: false }),
  ).toBeTruthy();
  expect(within(dialog.getByRole('list', { name: 'Results' })).getAllByRole('listitem')).toHaveLength(8);
  await user.click(dialog.getByRole('button', { name: 'Retry' }));
  expect(await dialog.findByText('8 incidents acknowledged')).toBeTruthy();
  expect(done).toHaveLength(8);
  expect(notes).toHaveLength(8);
});

it('is not offered to viewers', async () => {
  serveIncidents(1, 'viewer');
  renderAt('/incidents');
  expect(await screen.findByText('Monitor 1')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Select incidents' })).toBeNull();
});
