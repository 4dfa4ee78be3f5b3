import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { MaintenanceOccurrence, MaintenanceWindow, Role, WindowSchedule } from '@/api/models';
import { PAYMENTS } from '../../../test/alert-policy';
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

const HOUR_MS = 3_600_000;
const SCHEDULE: WindowSchedule = {
  repeat: 'recurring',
  starts: '2026-12-01T22:00:00',
  rule: 'FREQ=MONTHLY;BYDAY=2TU',
  minutes: 120,
  time_zone: 'Europe/Berlin',
};
const WINDOW = maintenanceWindow(SCHEDULE, { monitors: [42], tags: ['databases', 'payments'] });

const occurrence = (inHours: number, state: MaintenanceOccurrence['state']): MaintenanceOccurrence => {
  const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  return { starts_at: at(inHours), ends_at: at(inHours + 2), state };
};

function serveWindows(
  windows: MaintenanceWindow[],
  occurrences: MaintenanceOccurrence[] = [],
  role: Role = 'editor',
) {
  serveQuietAccount([monitor()], role);
  server.use(
    http.get('/tags', () => HttpResponse.json(page([PAYMENTS]))),
    http.get('/maintenance-windows', () => HttpResponse.json(page(windows))),
    http.get('/maintenance-windows/{id}/occurrences', () => HttpResponse.json({ occurrences })),
  );
}

it('says in words when a window recurs, what it covers and when it is next', async () => {
  serveWindows([WINDOW], [occurrence(-1, 'cancelled'), occurrence(30, 'scheduled')]);
  renderAt('/maintenance');
  const list = within(await screen.findByRole('list', { name: 'Upcoming windows' }));
  expect(
    await list.findByText('Every month on the second Tuesday at 22:00 for 2 h, Europe/Berlin'),
  ).toBeTruthy();
  expect(await list.findByText(/^Starts in 1 d/)).toBeTruthy();
  expect(list.getByText('tagged databases or payments')).toBeTruthy();
  expect(list.getByText(/^Example/)).toBeTruthy();
});

it('shows a window under way by what the server says, and one without occurrences as past', async () => {
  serveWindows([WINDOW], [occurrence(-1, 'active')]);
  const first = renderAt('/maintenance');
  expect(await screen.findByRole('list', { name: 'Active windows' })).toBeTruthy();
  first.unmount();
  serveWindows([WINDOW], []);
  renderAt('/maintenance');
  expect(await screen.findByRole('list', { name: 'Past windows' })).toBeTruthy();
});

it('adds a window by a rule for tags, with a preview of when it is', async () => {
  serveWindows([]);
  const previewed: unknown[] = [];
  let sent: unknown;
  server.use(
    http.post('/maintenance-windows/preview', async ({ request }) => {
      previewed.push(await request.json());
      const next = { starts_at: '2026-12-10T21:00:00.000Z', ends_at: '2026-12-10T22:30:00.000Z' };
      return HttpResponse.json({ occurrences: [{ ...next, state: 'scheduled' }] });
    }),
    http.post('/maintenance-windows', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(WINDOW, { status: 201 });
    }),
  );
  const { user } = renderAt('/maintenance');
  expect(await screen.findByText('No maintenance windows yet')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add window' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Name'), 'Vendor');
  expect(dialog.getByText(/^It covers all monitors of the organisation/)).toBeTruthy();
  await user.click(dialog.getByRole('radio', { name: 'By a rule' }));
  await user.selectOptions(dialog.getByLabelText('Time zone'), 'Europe/Berlin');
  await user.clear(dialog.getByLabelText('First start'));
  await user.type(dialog.getByLabelText('First start'), '2026-12-10T22:00');
  await user.clear(dialog.getByLabelText('Duration'));
  expect(dialog.getByText('Shown once the times above are complete.')).toBeTruthy();
  await user.type(dialog.getByLabelText('Duration'), '90');
  await user.selectOptions(dialog.getByLabelText('Rule'), 'On days of the week');
  await user.clear(dialog.getByLabelText('Every'));
  await user.type(dialog.getByLabelText('Every'), '2');
  await user.click(dialog.getByRole('button', { name: 'Thu' }));
  await user.click(dialog.getByRole('button', { name: 'Sun' }));
  const preview = within(dialog.getByRole('region', { name: 'Next occurrences' }));
  expect(await preview.findByText('Thu 10 Dec, 22:00 – 23:30')).toBeTruthy();
  const times = {
    repeat: 'recurring',
    starts: '2026-12-10T22:00:00',
    rule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TH',
    minutes: 90,
    time_zone: 'Europe/Berlin',
  };
  await waitFor(() => expect(previewed.at(-1)).toEqual(times));
  await user.click(dialog.getByRole('radio', { name: 'Selected monitors' }));
  await user.click(dialog.getByRole('button', { name: 'Add window' }));
  expect(await dialog.findByText('Select at least one monitor or tag')).toBeTruthy();
  await user.click(dialog.getByRole('checkbox', { name: 'payments' }));
  await user.click(dialog.getByRole('button', { name: 'Add window' }));
  expect(await screen.findByText('Patch night saved')).toBeTruthy();
  expect(sent).toEqual({ name: 'Vendor', monitors: [], tags: ['payments'], ...times });
});

it('edits what the form offers, and a rule of ones own as text', async () => {
  serveWindows([WINDOW]);
  let sent: unknown;
  server.use(
    http.post('/maintenance-windows/preview', () =>
      problem(422, '1 field is not valid', [{ field: 'rule', message: 'must not have BYHOUR' }]),
    ),
    http.patch('/maintenance-windows/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(WINDOW);
    }),
  );
  const { user } = renderAt('/maintenance');
  await user.click(await screen.findByRole('button', { name: 'Edit Patch night' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByLabelText('Which')).toHaveProperty('value', '2');
  expect(dialog.getByLabelText('Weekday')).toHaveProperty('value', 'Tue');
  expect(await dialog.findByText('rule must not have BYHOUR')).toBeTruthy();
  await user.selectOptions(dialog.getByLabelText('Rule'), 'On a day of the month');
  await user.selectOptions(dialog.getByLabelText('Day of the month'), '31');
  expect(dialog.getByText('Months without this day are skipped.')).toBeTruthy();
  await user.selectOptions(dialog.getByLabelText('Rule'), 'Rule of your own');
  await user.clear(dialog.getByLabelText('RRULE'));
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await dialog.findByText('Required')).toBeTruthy();
  await user.type(dialog.getByLabelText('RRULE'), 'FREQ=YEARLY');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Patch night saved')).toBeTruthy();
  expect(sent).toEqual({
    ...SCHEDULE,
    rule: 'FREQ=YEARLY',
    name: 'Patch night',
    monitors: [42],
    tags: ['databases', 'payments'],
  });
});

it('cancels an occurrence to come, restores one, and ends the one under way after a question', async () => {
  const [now, next, cancelled] = [
    occurrence(-1, 'active'),
    occurrence(23, 'scheduled'),
    occurrence(47, 'cancelled'),
  ];
  serveWindows([WINDOW], [now, next, cancelled]);
  const sent: unknown[] = [];
  server.use(
    http.post('/maintenance-windows/{id}/occurrences/cancel', async ({ request }) => {
      sent.push(['cancel', await request.json()]);
      return HttpResponse.json(WINDOW);
    }),
    http.post('/maintenance-windows/{id}/occurrences/restore', async ({ request }) => {
      sent.push(['restore', await request.json()]);
      return HttpResponse.json(WINDOW);
    }),
  );
  const { user } = renderAt('/maintenance');
  const toggle = await screen.findByRole('button', { name: 'Occurrences of Patch night' });
  expect(toggle.getAttribute('aria-expanded')).toBe('false');
  await user.click(toggle);
  const list = within(await screen.findByRole('list', { name: 'Occurrences of Patch night' }));
  await user.click(list.getByRole('button', { name: /^Cancel the occurrence/ }));
  expect(await screen.findByText('Occurrence cancelled')).toBeTruthy();
  await user.click(list.getByRole('button', { name: /^Restore the occurrence/ }));
  expect(await screen.findByText('Occurrence restored')).toBeTruthy();
  await user.click(list.getByRole('button', { name: /^End now/ }));
  expect(sent).toHaveLength(2);
  await user.click(screen.getByRole('button', { name: 'End maintenance' }));
  expect(await screen.findByText('Maintenance ended')).toBeTruthy();
  expect(sent).toEqual([
    ['cancel', { starts_at: next?.starts_at }],
    ['restore', { starts_at: cancelled?.starts_at }],
    ['cancel', { starts_at: now?.starts_at }],
  ]);
});

it('shows occurrences to viewers, who cannot cancel them', async () => {
  serveWindows([WINDOW], [occurrence(23, 'scheduled')], 'viewer');
  const { user } = renderAt('/maintenance');
  await user.click(await screen.findByRole('button', { name: 'Occurrences of Patch night' }));
  const list = within(await screen.findByRole('list', { name: 'Occurrences of Patch night' }));
  expect(list.getByText('Scheduled')).toBeTruthy();
  expect(list.queryByRole('button')).toBeNull();
});

it('leads who cannot change a window to what it was before', async () => {
  serveWindows([WINDOW], [], 'viewer');
  renderAt('/maintenance');
  const link = await screen.findByRole('link', { name: 'History of Patch night' });
  expect(link.getAttribute('href')).toBe(`/history/maintenance-windows/${WINDOW.id}`);
});
