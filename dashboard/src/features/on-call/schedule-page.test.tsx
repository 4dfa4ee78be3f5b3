import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { OnCallOverride, OnCallShift, Role } from '@/api/models';
import { onCallOverride, onCallSchedule, onCallShift, serveOnCall } from '../../../test/on-call';
import { renderAt } from '../../../test/render';
import { http, noContent, problem, serveQuietAccount, server } from '../../../test/server';

const DAY = 86_400_000;
const midnight = Math.floor(Date.now() / DAY) * DAY;
const at = (days: number) => new Date(midnight + days * DAY).toISOString();

/** Ada, then nobody for a day, then Grace by an override. */
const SHIFTS = [
  onCallShift(at(-1), at(2)),
  onCallShift(at(3), at(5), { user_id: 2, name: 'Grace', layer: null, override_id: 31 }),
  onCallShift(at(5), at(9)),
];

function serveSchedule(role: Role, overrides: OnCallOverride[] = [], shifts: OnCallShift[] = SHIFTS) {
  serveQuietAccount([], role);
  serveOnCall([onCallSchedule()]);
  server.use(
    http.get('/on-call-schedules/{id}/shifts', () => HttpResponse.json({ shifts })),
    http.get('/on-call-schedules/{id}/overrides', () =>
      HttpResponse.json({ items: overrides, next_cursor: null }),
    ),
  );
}

it('shows the shifts as a timeline: what is final, each layer, and overrides', async () => {
  serveSchedule('owner', [onCallOverride({ from: at(3), until: at(5) })]);
  const asked: unknown[] = [];
  server.use(
    http.post('/on-call-schedules/preview', async ({ request }) => {
      const { layers } = await request.json();
      asked.push(layers.map(({ people }) => people));
      return HttpResponse.json({ shifts: [onCallShift(at(0), at(7))] });
    }),
  );
  renderAt('/on-call/schedules/7');
  const final = within(await screen.findByRole('list', { name: 'On call' }));
  expect(final.getAllByRole('button').map((each) => each.getAttribute('aria-label'))).toEqual([
    expect.stringMatching(/^Ada, /),
    expect.stringMatching(/^Grace, .* · cannot be reached$/),
    expect.stringMatching(/^Ada, /),
  ]);
  expect(final.getByText(/^Nobody is on call, /)).toBeTruthy();
  await waitFor(() => expect(asked).toEqual([[[1, 2]], [[2]]]));
  for (const lane of ['Layer 1', 'Layer 2', 'Overrides']) {
    expect(screen.getAllByRole('list', { name: lane }).length).toBeGreaterThan(0);
  }
  const layers = screen.getByRole('list', { name: 'Layers' });
  expect(layers.textContent).toContain('Hand-off every week, Monday at 09:00');
  expect(layers.textContent).toContain('Always the same person · daily 22:00–06:00');
});

it('shows the shifts as a table, without what only whoever changes it may ask', async () => {
  serveSchedule('responder');
  const { user } = renderAt('/on-call/schedules/7');
  await user.click(await screen.findByRole('button', { name: 'Table' }));
  const rows = within(await screen.findByRole('table')).getAllByRole('row');
  expect(rows.map((row) => within(row).queryAllByRole('cell')[0]?.textContent)).toEqual([
    undefined,
    'Ada (you)',
    'Nobody is on call',
    'GraceCannot be reached',
    'Ada (you)',
  ]);
  expect(rows[3]?.textContent).toContain('Override');
  expect(screen.queryByRole('link', { name: 'Edit schedule' })).toBeNull();
  // The shift of somebody else is taken over as it is.
  await user.click(within(rows[3] as HTMLElement).getByRole('button'));
  const from = within(await screen.findByRole('dialog')).getByLabelText('From') as HTMLInputElement;
  expect(new Date(from.value).getTime()).toBe(Date.parse(at(3)));
});

it('asks for another period', async () => {
  serveSchedule('viewer');
  const lengths: number[] = [];
  server.use(
    http.get('/on-call-schedules/{id}/shifts', ({ query }) => {
      const [from, until] = [query.get('from'), query.get('until')];
      lengths.push(Math.round((Date.parse(until ?? '') - Date.parse(from ?? '')) / DAY));
      return HttpResponse.json({ shifts: SHIFTS });
    }),
  );
  const { user } = renderAt('/on-call/schedules/7');
  await screen.findByRole('list', { name: 'On call' });
  await user.click(screen.getByRole('button', { name: '2 weeks' }));
  await waitFor(() => expect(lengths).toEqual([7, 14]));
  await user.click(screen.getByRole('button', { name: 'Later' }));
  await waitFor(() => expect(lengths).toEqual([7, 14, 14]));
  expect(screen.getByRole('button', { name: 'Back to today' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Take over' })).toBeNull();
});

it('deletes an override after a question', async () => {
  const overrides = [onCallOverride()];
  serveSchedule('responder', overrides);
  server.use(
    http.delete('/on-call-schedules/{id}/overrides/{override_id}', ({ params }) => {
      expect(params).toMatchObject({ id: '7', override_id: '31' });
      overrides.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/on-call/schedules/7');
  await user.click(await screen.findByRole('button', { name: 'Delete the override of Grace' }));
  await user.click(screen.getByRole('button', { name: 'Delete override' }));
  expect(await screen.findByText('No overrides planned')).toBeTruthy();
});

it('says what uses a schedule that cannot be deleted', async () => {
  serveSchedule('admin');
  server.use(
    http.post('/on-call-schedules/preview', () => HttpResponse.json({ shifts: [] })),
    http.delete('/on-call-schedules/{id}', () => problem(409, 'it is used by Everything')),
  );
  const { user } = renderAt('/on-call/schedules/7');
  await user.click(await screen.findByRole('button', { name: 'Delete Primary' }));
  await user.click(screen.getByRole('button', { name: 'Delete schedule' }));
  expect((await screen.findByRole('alert')).textContent).toContain('it is used by Everything');
});

it('leads everybody who sees a schedule to what it was before', async () => {
  serveSchedule('viewer');
  renderAt('/on-call/schedules/7');
  const link = await screen.findByRole('link', { name: 'History of changes' });
  expect(link.getAttribute('href')).toBe('/history/on-call-schedules/7');
});
