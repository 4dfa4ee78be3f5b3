import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { BacktestInput } from '@/api/models';
import { browserTimeZone } from '@/lib/time-zone';
import { backtest, outcome, pastIncident } from '../../../../test/backtest';
import { heartbeatMonitor, schedulePreview, serveHeartbeat } from '../../../../test/heartbeats';
import { fromThree, THREE } from '../../../../test/regions';
import { renderAt } from '../../../../test/render';
import { http, monitor, problem, serveQuietAccount, server } from '../../../../test/server';

const FEWER = backtest({
  sent: outcome({ incidents: 5, announced: 5, messages: 20, messages_at_night: 12 }),
  candidates: [
    outcome({
      incidents: 4,
      announced: 3,
      messages: 6,
      messages_at_night: 1,
      missed: 1,
      seconds_to_detect: 180,
      list: [
        pastIncident({
          notified_at: null,
          messages: 0,
          change: 'missed',
          reasons: ['in quiet hours until 07:00'],
        }),
      ],
    }),
  ],
});

function serveMonitor() {
  serveQuietAccount();
  server.use(http.get('/monitors/{id}', () => HttpResponse.json(monitor())));
}

/** Answers what is tried; what was asked is kept. */
function serveBacktests(answer = FEWER): BacktestInput[] {
  const asked: BacktestInput[] = [];
  server.use(
    http.post('/monitors/{id}/backtest', async ({ request }) => {
      asked.push((await request.json()) as BacktestInput);
      return HttpResponse.json(answer);
    }),
  );
  return asked;
}

const panel = async () => within(await screen.findByRole('region', { name: 'What would this have sent?' }));

const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

it('compares what is typed with what was sent, once nobody types', async () => {
  serveMonitor();
  const asked = serveBacktests();
  renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Down after', '2');
  type('Down after', '3');
  expect(
    await shown.findByText('−14 notifications, 11 of them at night; 1 incident missed; detected 2 min later'),
  ).toBeTruthy();
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    days: 30,
    time_zone: browserTimeZone(),
    candidates: [
      {
        rule: { down_after: 3, down_of: null, down_for_seconds: 0, up_after: 1, slow_ms: null },
        severity: 'critical',
        recipients: null,
        flapping: null,
        depends_on: [],
      },
    ],
  });
  expect(asked[0]).not.toHaveProperty('from');
  expect(shown.queryByText(/^Compared since/)).toBeNull();
  expect(shown.getByRole('row', { name: 'Notifications 20 6 −14' })).toBeTruthy();
  expect(shown.getByRole('row', { name: 'at night (22:00–07:00) 12 1 −11' })).toBeTruthy();
  expect(shown.getByRole('row', { name: 'Time to detect 1 min 3 min 2 min later' })).toBeTruthy();
});

it('names what is missed in words, and not by a colour alone', async () => {
  serveMonitor();
  serveBacktests();
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  await user.click(shown.getByRole('button', { name: 'Try on the last 30 days' }));
  const changed = within(await shown.findByRole('region', { name: 'Missed and added incidents' }));
  const [missed] = changed.getAllByRole('listitem');
  expect(missed?.textContent).toMatch(
    /^Missed Mon 10 Nov.*lasted 10 min · Response timed out · was announced after 1 min/,
  );
  expect(missed?.textContent).toContain('in quiet hours until 07:00');
  expect(changed.getByRole('link').getAttribute('href')).toBe(`/incidents/${pastIncident().id}`);
  expect(shown.getByRole('img', { name: /5 incidents.*4 incidents.*1 missed, 0 added/ })).toBeTruthy();
});

it('gives up what it asked before when something else is typed', async () => {
  serveMonitor();
  let aborted = 0;
  server.use(
    http.post('/monitors/{id}/backtest', async ({ request, response }) => {
      const { candidates } = (await request.clone().json()) as BacktestInput;
      if (candidates[0]?.rule?.down_after === 3) return HttpResponse.json(FEWER);
      await new Promise<void>((resolve) => {
        request.signal.addEventListener('abort', () => {
          aborted += 1;
          resolve();
        });
      });
      return response.untyped(HttpResponse.error());
    }),
  );
  renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Down after', '2');
  expect(await shown.findByText('Evaluating the stored results…')).toBeTruthy();
  type('Down after', '3');
  await waitFor(() => expect(aborted).toBe(1));
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
});

it('asks nothing while a setting is not valid, and for another period at once', async () => {
  serveMonitor();
  const asked = serveBacktests();
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Down after', '');
  expect(await shown.findByText('Enter valid settings to see what they would have sent.')).toBeTruthy();
  type('Down after', '4');
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
  await user.selectOptions(shown.getByLabelText('Period'), 'Last 7 days');
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked.map(({ days }) => days)).toEqual([30, 7]);
  expect(asked.map(({ candidates }) => candidates[0]?.rule?.down_after)).toEqual([4, 4]);
});

it('waits its turn while the server is busy', async () => {
  serveMonitor();
  serveBacktests();
  server.use(
    http.post(
      '/monitors/{id}/backtest',
      ({ response }) =>
        response.untyped(
          HttpResponse.json(
            { title: 'Too many requests', status: 429, detail: 'another one is running' },
            { status: 429, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '1' } },
          ),
        ),
      { once: true },
    ),
  );
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  await user.click(shown.getByRole('button', { name: 'Try on the last 30 days' }));
  expect(await shown.findByText(/Another comparison of your organisation is running/)).toBeTruthy();
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
});

it('shows what the server refuses, and saves all the same', async () => {
  serveMonitor();
  server.use(
    http.post('/monitors/{id}/backtest', () =>
      problem(422, '1 field is not valid', [
        { field: 'candidates.0.rule.down_after', message: 'must be 1 to 20' },
      ]),
    ),
    http.patch('/monitors/{id}', () => HttpResponse.json(monitor({ down_after: 25 }))),
    http.get('/monitors/{id}/uptime', () => problem(503, 'history is not available')),
  );
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Down after', '25');
  expect(await shown.findByText('down_after must be 1 to 20')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Example saved')).toBeTruthy();
});

it('says where nothing is stored, and where there was nothing', async () => {
  serveMonitor();
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  await user.click(shown.getByRole('button', { name: 'Try on the last 30 days' }));
  expect(await shown.findByText('There are no stored results of this time.')).toBeTruthy();
  const quiet = outcome({ incidents: 0, announced: 0, messages: 0, list: [], seconds_to_detect: null });
  serveBacktests(backtest({ sent: quiet, candidates: [quiet] }));
  await user.selectOptions(shown.getByLabelText('Period'), 'Last 90 days');
  expect(await shown.findByText('There were no incidents, and there would have been none.')).toBeTruthy();
});

it('says since when it compares, where fewer results are kept, and what is not complete', async () => {
  serveMonitor();
  const asked = serveBacktests({ ...FEWER, is_complete: false });
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  await user.click(shown.getByRole('button', { name: 'Try on the last 30 days' }));
  expect(await shown.findByText(/^Not everything could be compared/)).toBeTruthy();
  expect(shown.queryByText(/^Compared since/)).toBeNull();
  await user.selectOptions(shown.getByLabelText('Period'), 'Last 90 days');
  expect(await shown.findByText(/^Compared since Tue 21 Oct/)).toBeTruthy();
  expect(asked.map(({ days }) => days)).toEqual([30, 90]);
});

it('keeps settings beside those that are typed next, and compares as it was then', async () => {
  serveMonitor();
  const asked = serveBacktests();
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Down after', '2');
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
  await user.click(shown.getByRole('button', { name: 'Keep for comparison' }));
  type('Down after', '3');
  await user.click(shown.getByRole('checkbox', { name: 'As it was set then' }));
  const name = shown.getByLabelText('Name of kept settings 1');
  await user.clear(name);
  await user.type(name, 'Two');
  await waitFor(() => expect(asked.at(-1)?.candidates.map((each) => each.name)).toContain('Two'));
  expect(asked.at(-1)?.candidates).toMatchObject([
    { name: 'As it was set then', as_it_was: true },
    { name: 'These settings', rule: { down_after: 3 } },
    { name: 'Two', rule: { down_after: 2 } },
  ]);
  await user.click(shown.getByRole('button', { name: 'Remove Two' }));
  await user.click(shown.getByRole('checkbox', { name: 'As it was set then' }));
  await waitFor(() => expect(asked.at(-1)?.candidates).toHaveLength(1));
});

it('is not there for a new monitor', async () => {
  serveQuietAccount();
  const { user } = renderAt('/monitors/new');
  expect(await screen.findByText(/Once the monitor has results/)).toBeTruthy();
  await user.click(screen.getByRole('radio', { name: 'Heartbeat' }));
  expect(screen.getByText(/Once the monitor has results/)).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'What would this have sent?' })).toBeNull();
});

it('tries what a heartbeat expects on its pings', async () => {
  serveHeartbeat(heartbeatMonitor({}, { heartbeat: { ...heartbeatMonitor().heartbeat, post_only: true } }));
  server.use(http.post('/schedules/preview', () => HttpResponse.json(schedulePreview())));
  const asked = serveBacktests();
  renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Grace time', '2');
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
  const [tried] = asked[0]?.candidates ?? [];
  expect(tried?.rule).toEqual({ down_after: 1 });
  expect(tried?.heartbeat).toEqual({
    schedule: { period_seconds: 86_400 },
    grace_seconds: 7_200,
    early_seconds: 0,
    start_grace_seconds: null,
    longest_run_seconds: null,
    shortest_run_seconds: null,
    least_pause_seconds: null,
  });
});

it('is not there for a heartbeat that is to become something else', async () => {
  serveHeartbeat(heartbeatMonitor());
  const { user } = renderAt('/monitors/42/edit');
  await panel();
  await user.click(screen.getByRole('radio', { name: 'HTTP' }));
  expect(screen.getByText(/^Not while a heartbeat becomes/)).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'What would this have sent?' })).toBeNull();
});

it('tries another quorum on the results of the regions that there are', async () => {
  serveQuietAccount();
  const saved = monitor({ ...fromThree(monitor().status), regions: ['eu', 'us'] });
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(saved)),
    http.get('/regions', () => HttpResponse.json(THREE)),
  );
  const asked = serveBacktests();
  const { user } = renderAt('/monitors/42/edit');
  const shown = await panel();
  await user.click(await screen.findByRole('radio', { name: 'Any one' }));
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
  expect(asked.at(-1)?.candidates[0]).toMatchObject({
    regions: ['eu', 'us'],
    quorum: { down: 1, min_regions: null },
  });
  await user.click(await screen.findByRole('checkbox', { name: 'ap' }));
  expect(await shown.findByText('Without ap: there are no stored results from there.')).toBeTruthy();
  // One decides by itself, also the home region without its name.
  await user.click(screen.getByRole('checkbox', { name: 'ap' }));
  await user.click(screen.getByRole('checkbox', { name: 'us' }));
  await waitFor(() => expect(asked.at(-1)?.candidates[0]).toMatchObject({ regions: ['eu'] }));
  expect(asked.at(-1)?.candidates[0]).not.toHaveProperty('quorum');
  await user.click(screen.getByRole('checkbox', { name: 'ap' }));
  await user.click(screen.getByRole('checkbox', { name: 'eu home region' }));
  expect(await shown.findByText(/^The regions are tried as they are saved/)).toBeTruthy();
});

it('does not try where a monitor is checked from while one region checks it', async () => {
  serveMonitor();
  const asked = serveBacktests();
  renderAt('/monitors/42/edit');
  const shown = await panel();
  type('Down after', '3');
  expect(await shown.findByText(/^−14 notifications/)).toBeTruthy();
  expect(asked[0]?.candidates[0]).not.toHaveProperty('quorum');
  expect(asked[0]?.candidates[0]).not.toHaveProperty('regions');
});
