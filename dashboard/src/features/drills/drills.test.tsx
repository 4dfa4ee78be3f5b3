import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Drill, DrillSchedule, Role } from '@/api/models';
import { drill, drillSchedule } from '../../../test/drills';
import { renderAt } from '../../../test/render';
import {
  explanation,
  http,
  monitor,
  noContent,
  page,
  problem,
  serveQuietAccount,
  server,
} from '../../../test/server';

const RUNNING = drill({ id: 8, name: 'Night shift', state: 'running', acknowledged: null, received: 0 });
const UNREACHED = drill({
  id: 9,
  name: 'By the schedule',
  state: 'unreached',
  acknowledged: null,
  started_by: null,
  schedule_id: 3,
  received: 0,
  failed: 2,
});

const MUTED = { by: 'mute' as const, until: null, reason: 'the monitor is muted', channel_id: null };

/** The answers are taken anew from the lists for each request. */
function serveDrills(drills: Drill[], schedules: DrillSchedule[] = [], role: Role = 'editor') {
  serveQuietAccount([monitor(), monitor({ id: 43, name: 'Search' })], role);
  server.use(
    http.get('/drills', ({ query }) => {
      const of = query.get('monitor_id');
      return HttpResponse.json(page(drills.filter((each) => of === null || each.monitor_id === Number(of))));
    }),
    http.get('/drill-schedules', () => HttpResponse.json(page(schedules))),
    http.get('/channels', () => HttpResponse.json(page([]))),
    http.get('/drills/{id}', ({ params }) => {
      const found = drills.find(({ id }) => id === Number(params.id)) as Drill;
      const nothing = { seconds_to_receive: null, seconds_to_acknowledge: null, deliveries: [], notes: [] };
      return HttpResponse.json({ ...found, ...nothing });
    }),
  );
}

const rowsOf = async (name: string) =>
  within(await screen.findByRole('list', { name })).getAllByRole('listitem');

it('lists what is running above what is over, with what came of it and who started it', async () => {
  serveDrills([UNREACHED, RUNNING, drill({ schedule_id: null, started_by: null })], [drillSchedule()]);
  renderAt('/drills');
  const [running] = await rowsOf('Running drills');
  expect(running?.textContent).toContain('Night shift');
  expect(running?.textContent).toContain('Started by Ada');
  expect(running?.textContent).toContain('None received');
  const [unreached, acknowledged] = await rowsOf('Past drills');
  expect(unreached?.textContent).toContain('Nobody reached');
  expect(unreached?.textContent).toContain('2 failed');
  await waitFor(() => expect(unreached?.textContent).toContain('Started by schedule Monthly drill'));
  expect(acknowledged?.textContent).toContain('Acknowledged · by Grace');
  expect(acknowledged?.textContent).toContain('Started by an API key or a former member');
  expect(acknowledged?.textContent).toContain('1 received');
  expect(screen.getByRole('link', { name: 'Alerting' }).getAttribute('aria-current')).toBe('page');
});

it('shows by itself when a drill is over', async () => {
  const drills = [RUNNING];
  serveDrills(drills);
  renderAt('/drills');
  await rowsOf('Running drills');
  drills[0] = { ...RUNNING, state: 'received', received: 1 };
  const [past] = await waitFor(() => rowsOf('Past drills'), { timeout: 20_000 });
  expect(past?.textContent).toContain('Received, not acknowledged');
  expect(screen.queryByRole('list', { name: 'Running drills' })).toBeNull();
});

it('lists those of one monitor, which the address keeps', async () => {
  serveDrills([drill()]);
  const { user } = renderAt('/drills?monitor=42');
  expect((await rowsOf('Past drills')).length).toBe(1);
  await user.selectOptions(await screen.findByLabelText('Monitor'), 'Search');
  expect(await screen.findByText('No drills of this monitor yet.')).toBeTruthy();
  expect(window.location.search).toBe('?monitor=43');
  await user.selectOptions(screen.getByLabelText('Monitor'), 'All monitors');
  expect((await rowsOf('Past drills')).length).toBe(1);
  expect(window.location.search).toBe('');
});

it('says what a drill is where there is none, and starts one after a warning', async () => {
  const drills: Drill[] = [];
  serveDrills(drills);
  const sent: unknown[] = [];
  server.use(
    http.post(
      '/drills',
      () => problem(422, '1 field is not valid', [{ field: 'monitor_id', message: 'is no monitor' }]),
      { once: true },
    ),
    http.post('/drills', async ({ request }) => {
      sent.push(await request.json());
      drills.push(RUNNING);
      return HttpResponse.json(RUNNING, { status: 201 });
    }),
  );
  const { user } = renderAt('/drills');
  expect(await screen.findByText('No drills yet')).toBeTruthy();
  expect(screen.getByText(/A drill is a rehearsed incident: real notifications/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Start drill' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Start a drill' }));
  expect(dialog.getByText('People are really notified')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Start drill' }));
  expect(await dialog.findByText('Choose a monitor')).toBeTruthy();
  await user.click(await dialog.findByRole('radio', { name: 'Search' }));
  await user.click(dialog.getByRole('radio', { name: 'Example' }));
  expect(await dialog.findByText('Down is sent to: #operations.')).toBeTruthy();
  await user.clear(dialog.getByLabelText('Ends by itself after'));
  await user.type(dialog.getByLabelText('Ends by itself after'), '241');
  await user.click(dialog.getByRole('button', { name: 'Start drill' }));
  expect(await dialog.findByText('Must be between 1 and 240')).toBeTruthy();
  await user.type(dialog.getByLabelText('Ends by itself after'), '{Backspace}{Backspace}');
  await user.click(dialog.getByRole('button', { name: 'Start drill' }));
  expect(await dialog.findByText('no monitor', { exact: false })).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Start drill' }));
  expect(await screen.findByRole('heading', { name: 'Night shift' })).toBeTruthy();
  expect(window.location.pathname).toBe('/drills/8');
  expect(sent).toEqual([{ monitor_id: 42, minutes: 2 }]);
});

it('opens with the monitor of a link, and warns where nobody would be notified', async () => {
  serveDrills([drill()]);
  const nobody = {
    by: 'monitor' as const,
    recipients: { to: 'nobody' as const },
    channels: [],
    policy: null,
  };
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/uptime', () => problem(503, 'not now')),
    http.get('/monitors/{id}/alert-route', () =>
      HttpResponse.json(explanation({ destinations: [nobody], held: [MUTED] })),
    ),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('link', { name: 'Start a drill' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Start a drill' }));
  expect(await dialog.findByText(/^Nobody would be notified of this monitor/)).toBeTruthy();
  expect(dialog.getByText('the monitor is muted', { exact: false })).toBeTruthy();
  await waitFor(() => expect(window.location.search).toBe('?monitor=42'));
  await user.click(dialog.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(window.location.search).toBe('?monitor=42');
});

it('is only looked at by responders, whatever the link', async () => {
  serveDrills([RUNNING], [drillSchedule()], 'responder');
  renderAt('/drills?start=true&monitor=shop');
  await rowsOf('Running drills');
  expect(screen.queryByRole('button', { name: 'Start drill' })).toBeNull();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.getByText(/^Editors, admins and owners can/)).toBeTruthy();
});

it('lists schedules with their next date in both zones, and changes one with its version', async () => {
  serveDrills(
    [],
    [drillSchedule(), drillSchedule({ id: 4, name: 'Off duty', enabled: false, next_at: null })],
  );
  const sent: unknown[] = [];
  server.use(
    http.patch('/drill-schedules/{id}', async ({ request }) => {
      sent.push([request.headers.get('If-Match'), await request.json()]);
      return HttpResponse.json(drillSchedule());
    }),
    http.post('/drill-schedules', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(drillSchedule({ name: 'New' }), { status: 201 });
    }),
    http.delete('/drill-schedules/{id}', ({ params }) => {
      sent.push(params.id);
      return noContent();
    }),
  );
  const { user } = renderAt('/drills/schedules');
  const [on, off] = await rowsOf('Drill schedules');
  expect(on?.textContent).toContain('Every month on day 3 at 10:00, Asia/Tokyo');
  expect(on?.textContent).toContain('Mon 3 Dec, 10:00 in Asia/Tokyo');
  expect(off?.textContent).toContain('Off');
  expect(off?.textContent).not.toContain('Next');
  await user.click(screen.getByRole('button', { name: 'Edit Monthly drill' }));
  let dialog = within(screen.getByRole('dialog', { name: 'Edit schedule' }));
  await user.selectOptions(dialog.getByLabelText('Day of the month'), '28');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Monthly drill saved')).toBeTruthy();
  const kept = { name: 'Monthly drill', monitor_id: 42, minutes: 45, time_zone: 'Asia/Tokyo', enabled: true };
  expect(sent.splice(0)).toEqual([['"4"', { ...kept, day: 28, time: '10:00:30' }]]);
  await user.click(screen.getByRole('button', { name: 'Add schedule' }));
  dialog = within(screen.getByRole('dialog', { name: 'Add schedule' }));
  await user.click(await dialog.findByRole('radio', { name: 'Search' }));
  await user.click(dialog.getByRole('button', { name: 'Add schedule' }));
  expect(await dialog.findByText('Required')).toBeTruthy();
  await user.type(dialog.getByLabelText('Name'), 'New');
  await user.selectOptions(dialog.getByLabelText('Time zone'), 'UTC');
  await user.click(dialog.getByRole('checkbox', { name: 'Start drills' }));
  await user.click(dialog.getByRole('button', { name: 'Add schedule' }));
  expect(await screen.findByText('New saved')).toBeTruthy();
  const added = { name: 'New', monitor_id: 43, minutes: 30, time_zone: 'UTC', enabled: false };
  expect(sent.splice(0)).toEqual([{ ...added, day: 1, time: '10:00:00' }]);
  await user.click(screen.getByRole('button', { name: 'Delete Off duty' }));
  await user.click(screen.getByRole('button', { name: 'Delete schedule' }));
  expect(await screen.findByText('Off duty deleted')).toBeTruthy();
  expect(sent).toEqual(['4']);
});
