import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import {
  heartbeat,
  heartbeatMonitor,
  inSeconds,
  schedulePreview,
  serveHeartbeat,
} from '../../../../test/heartbeats';
import { renderAt } from '../../../../test/render';
import { http, problem, server } from '../../../../test/server';

async function openForm(path = '/monitors/new') {
  const view = renderAt(path);
  if (path === '/monitors/new')
    await view.user.click(await screen.findByRole('radio', { name: 'Heartbeat' }));
  return view;
}

const NEW = heartbeatMonitor({ state: 'pending', last_ping_at: null, due_at: null, overdue_at: null });

it('has no interval, retries or preview of a check', async () => {
  serveHeartbeat();
  server.use(http.post('/schedules/preview', () => HttpResponse.json(schedulePreview())));
  await openForm();
  for (const label of ['Interval', 'Timeout', 'Retries']) expect(screen.queryByLabelText(label)).toBeNull();
  expect(screen.queryByRole('button', { name: 'Preview' })).toBeNull();
});

it('shows the next dates in the time zone as the schedule is typed, asking once it has settled', async () => {
  serveHeartbeat();
  const asked: unknown[] = [];
  server.use(
    http.post('/schedules/preview', async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(schedulePreview({ text: 'At 03:00 on every day' }));
    }),
  );
  const { user } = await openForm();
  const preview = within(screen.getByRole('region', { name: 'Next dates' }));
  expect(await preview.findByText('At 03:00 on every day')).toBeTruthy();

  await user.click(screen.getByRole('radio', { name: 'Cron' }));
  expect(preview.getByText('Enter a schedule to see its next dates.')).toBeTruthy();
  await user.selectOptions(screen.getByLabelText('Time zone'), 'Europe/Berlin');
  await user.type(screen.getByLabelText('Cron expression'), '0 3 * * *');
  await waitFor(() =>
    expect(asked.at(-1)).toEqual({
      schedule: { expression: '0 3 * * *', timezone: 'Europe/Berlin' },
      grace_seconds: 3_600,
    }),
  );
  expect(await preview.findByText(/Fri,? 21 Nov 2025,? (at )?04:00:00/)).toBeTruthy();
  expect(preview.getByText('Times in Europe/Berlin.')).toBeTruthy();
  expect(asked.length).toBeLessThan(5);
});

it('shows what the server says of the schedule at its field, until it is changed', async () => {
  serveHeartbeat();
  server.use(
    http.post('/schedules/preview', async ({ request }) => {
      const { schedule } = (await request.json()) as { schedule: { expression?: string } };
      return schedule.expression?.startsWith('61')
        ? problem(422, '1 field is not valid', [
            { field: 'schedule.expression', message: 'must have minutes of 0 to 59' },
          ])
        : HttpResponse.json(schedulePreview());
    }),
  );
  const { user } = await openForm();
  await user.click(screen.getByRole('radio', { name: 'Cron' }));
  const field = screen.getByLabelText('Cron expression');
  await user.type(field, '61 3 * * *');
  expect(await screen.findByText('must have minutes of 0 to 59')).toBeTruthy();
  expect(field.getAttribute('aria-invalid')).toBe('true');
  await user.clear(field);
  await user.type(field, '1 3 * * *');
  await waitFor(() => expect(screen.queryByText('must have minutes of 0 to 59')).toBeNull());
  expect(field.getAttribute('aria-invalid')).toBeNull();
});

it('says that the next dates could not be loaded, and saves nevertheless', async () => {
  serveHeartbeat(NEW);
  let sent: unknown;
  server.use(
    http.post('/schedules/preview', () => problem(503, 'the service is away')),
    http.post('/monitors', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(NEW, { status: 201 });
    }),
  );
  const { user } = await openForm();
  const preview = within(screen.getByRole('region', { name: 'Next dates' }));
  expect(await preview.findByText('the service is away')).toBeTruthy();
  await user.type(screen.getByLabelText('Name'), 'Nightly backup');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  await waitFor(() => expect(sent).toMatchObject({ kind: 'heartbeat', url: 'heartbeat://nightly-backup' }));
});

it('sends what was chosen, and then shows how to ping before all else', async () => {
  serveHeartbeat(NEW);
  let sent: unknown;
  server.use(
    http.post('/schedules/preview', () => HttpResponse.json(schedulePreview())),
    http.get('/monitors/{id}/heartbeat', () => HttpResponse.json(heartbeat({ last_ping_at: null }))),
    http.post('/monitors', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(NEW, { status: 201 });
    }),
  );
  const { user } = await openForm();
  await user.type(screen.getByLabelText('Name'), 'Nightly backup');
  await user.clear(screen.getByLabelText('Period'));
  await user.type(screen.getByLabelText('Period'), '12');
  await user.selectOptions(screen.getByLabelText('Period: unit'), 'hours');
  await user.type(screen.getByLabelText('Longest run'), '2');
  await user.click(screen.getByLabelText('Only POST requests count'));
  await user.type(screen.getByLabelText('Failure if the body contains'), 'ERROR');
  await user.click(screen.getByLabelText('Must not ping'));
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));

  expect(await screen.findByRole('heading', { name: 'Nightly backup' })).toBeTruthy();
  expect(sent).toMatchObject({
    upside_down: true,
    heartbeat: {
      schedule: { period_seconds: 43_200 },
      longest_run_seconds: 7_200,
      post_only: true,
      body: { fail: ['ERROR'] },
    },
  });
  const headings = (await screen.findAllByRole('heading', { level: 2 })).map((each) => each.textContent);
  expect(headings.indexOf('How to ping')).toBeLessThan(headings.indexOf('Pings'));
  expect(await screen.findByText(/copy this line into your crontab/)).toBeTruthy();
});

it('shows errors of saving at their fields, and opens the section of each', async () => {
  const saved = heartbeatMonitor();
  serveHeartbeat(saved);
  server.use(
    http.post('/schedules/preview', () => HttpResponse.json(schedulePreview())),
    http.patch('/monitors/{id}', () =>
      problem(422, '2 fields are not valid', [
        { field: 'heartbeat.grace_seconds', message: 'must be longer' },
        { field: 'heartbeat.start_grace_seconds', message: 'must be less than the grace time' },
      ]),
    ),
  );
  const { user } = await openForm('/monitors/42/edit');
  const grace = await screen.findByLabelText('Grace time');
  await user.clear(grace);
  await user.type(grace, '2');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('must be longer')).toBeTruthy();
  expect(grace.getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByText('must be less than the grace time').closest('details')?.open).toBe(true);
});

it('lists a heartbeat that is late, and when each is due', async () => {
  const late = heartbeatMonitor(
    { due_at: inSeconds(-300), started_at: inSeconds(-5) },
    { id: 1, name: 'Late' },
  );
  const good = heartbeatMonitor({ due_at: inSeconds(7_260) }, { id: 2, name: 'Good' });
  const fresh = { ...NEW, id: 3, name: 'Fresh' };
  serveHeartbeat();
  server.use(
    http.get('/monitors', () => HttpResponse.json({ items: [late, good, fresh], next_cursor: null })),
  );
  renderAt('/');
  const list = await screen.findByRole('table', { name: 'Monitors' });
  const rowOf = (name: string) =>
    within(within(list).getByRole('link', { name }).closest('tr') as HTMLElement);
  expect(rowOf('Late').getAllByText('Late')).toHaveLength(2);
  expect(rowOf('Late').getByText(/^5 min( \d+ s)? late$/)).toBeTruthy();
  expect(rowOf('Late').getByText('Started')).toBeTruthy();
  expect(rowOf('Good').getByText('Up')).toBeTruthy();
  expect(rowOf('Good').getByText(/^in 2 h/)).toBeTruthy();
  expect(rowOf('Fresh').getByText('New')).toBeTruthy();
});
