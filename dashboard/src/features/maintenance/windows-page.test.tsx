import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { MaintenanceWindow, WindowSchedule } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  maintenanceWindow,
  monitor,
  page,
  problem,
  serveQuietAccount,
  server,
} from '../../../test/server';

const SCHEDULE: WindowSchedule = {
  repeat: 'weekly',
  weekday: 'Sun',
  from: '02:00:00',
  minutes: 120,
  time_zone: 'Europe/Berlin',
};
const WEEKLY = maintenanceWindow(SCHEDULE, { monitors: [42] });
const PAST = maintenanceWindow(
  { repeat: 'once', from: '2020-12-01T22:00:00Z', until: '2020-12-02T04:00:00Z' },
  { id: 6, name: 'Move' },
);

function serveWindows(windows: MaintenanceWindow[]) {
  serveQuietAccount([monitor()]);
  server.use(http.get('/maintenance-windows', () => HttpResponse.json(page(windows))));
}

it('lists past windows apart from upcoming ones, with their schedules and monitors', async () => {
  serveWindows([PAST, WEEKLY]);
  renderAt('/maintenance');
  const past = within(await screen.findByRole('list', { name: 'Past windows' }));
  expect(past.getByText('Move')).toBeTruthy();
  expect(past.getByText('All monitors')).toBeTruthy();
  expect(past.getByText('Once, for 6 h')).toBeTruthy();
  expect(screen.getByText('Every Sunday at 02:00 for 2 h, Europe/Berlin')).toBeTruthy();
  expect(await screen.findByText('Example')).toBeTruthy();
});

it('names a monitor that is not among the first thousand', async () => {
  serveWindows([maintenanceWindow(SCHEDULE, { monitors: [4711, 4712] })]);
  server.use(
    http.get('/monitors', () => HttpResponse.json({ items: [monitor()], next_cursor: 'more' })),
    http.get('/monitors/{id}', ({ params }) =>
      params.id === '4711'
        ? HttpResponse.json(monitor({ id: 4711, name: 'Far away' }))
        : problem(404, 'there is no such monitor'),
    ),
  );
  renderAt('/maintenance');
  expect(await screen.findByText('Far away, #4712')).toBeTruthy();
});

it('adds a weekly window for selected monitors, and shows server errors at their fields', async () => {
  serveWindows([]);
  const sent: unknown[] = [];
  server.use(
    http.post(
      '/maintenance-windows',
      async ({ request }) => {
        sent.push(await request.json());
        return problem(422, '2 fields are invalid', [
          { field: 'minutes', message: 'must be 1 to 10079' },
          { field: 'monitors', message: 'there is no monitor 42' },
        ]);
      },
      { once: true },
    ),
    http.post('/maintenance-windows', () => HttpResponse.json(WEEKLY, { status: 201 })),
  );
  const { user } = renderAt('/maintenance');
  expect(await screen.findByRole('heading', { name: 'No maintenance windows yet' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add window' }));
  await user.type(screen.getByLabelText('Name'), 'Patch night');
  await user.click(screen.getByRole('radio', { name: 'Weekly' }));
  await user.selectOptions(screen.getByLabelText('Time zone'), 'Europe/Berlin');
  await user.click(screen.getByRole('radio', { name: 'Selected monitors' }));
  await user.click(screen.getByRole('button', { name: 'Add window' }));
  expect(await screen.findByText('Select at least one monitor or tag')).toBeTruthy();
  await user.click(await screen.findByRole('checkbox', { name: 'Example' }));
  await user.click(screen.getByRole('button', { name: 'Add window' }));
  expect(await screen.findByText('there is no monitor 42')).toBeTruthy();
  expect(screen.getByLabelText('Duration').getAttribute('aria-invalid')).toBe('true');
  expect(sent).toEqual([{ ...SCHEDULE, name: 'Patch night', monitors: [42], tags: [] }]);

  await user.click(screen.getByRole('button', { name: 'Add window' }));
  expect(await screen.findByText('Patch night saved')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('interprets the times of a window in the selected time zone', async () => {
  serveWindows([PAST]);
  let sent: unknown;
  server.use(
    http.patch('/maintenance-windows/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(PAST);
    }),
  );
  const { user } = renderAt('/maintenance');
  await user.click(await screen.findByRole('button', { name: 'Edit Move' }));
  await user.selectOptions(screen.getByLabelText('Time zone'), 'Asia/Tokyo');
  const [from, until] = [screen.getByLabelText('Start'), screen.getByLabelText('End')];
  await user.clear(from);
  await user.type(from, '2026-12-02T09:00');
  await user.clear(until);
  await user.type(until, '2026-12-02T08:00');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Must be after the start')).toBeTruthy();
  await user.clear(until);
  await user.type(until, '2026-12-02T10:30');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Move saved')).toBeTruthy();
  expect(sent).toEqual({
    name: 'Move',
    monitors: [],
    tags: [],
    repeat: 'once',
    from: '2026-12-02T00:00:00.000Z',
    until: '2026-12-02T01:30:00.000Z',
  });
});

it('deletes a window after confirmation', async () => {
  const windows = [WEEKLY];
  serveWindows(windows);
  server.use(
    http.delete('/maintenance-windows/{id}', () => {
      windows.pop();
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderAt('/maintenance');
  await user.click(await screen.findByRole('button', { name: 'Delete Patch night' }));
  await user.click(screen.getByRole('button', { name: 'Delete window' }));
  expect(await screen.findByText('No maintenance windows yet')).toBeTruthy();
});

it('shows a window that cannot be read, which can be changed and deleted', async () => {
  serveWindows([PAST, maintenanceWindow({ error: 'when it is cannot be read' }, { id: 7, name: 'Spoilt' })]);
  renderAt('/maintenance');
  expect(await screen.findByText('when it is cannot be read')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Edit Spoilt' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Delete Spoilt' })).toBeTruthy();
});
