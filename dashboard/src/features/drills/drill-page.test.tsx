import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { DrillReport, Role } from '@/api/models';
import { after, drillDelivery, drillReport } from '../../../test/drills';
import { renderAt } from '../../../test/render';
import { http, monitor, page, serveQuietAccount, server } from '../../../test/server';

const RUNNING = drillReport({
  state: 'running',
  acknowledged: null,
  received: 0,
  seconds_to_receive: null,
  seconds_to_acknowledge: null,
  deliveries: [],
});

/** What `current` holds is answered to each request. */
function serveReport(current: { report: DrillReport }, role: Role = 'editor') {
  serveQuietAccount([monitor(), monitor({ id: 9, name: 'Router' })], role);
  server.use(
    http.get('/channels', () => HttpResponse.json(page([]))),
    http.get('/drill-schedules', () => HttpResponse.json(page([]))),
    http.get('/drills/{id}', () => HttpResponse.json(current.report)),
  );
}

it('says what came of it, how soon, and each step with its reasons', async () => {
  const deliveries = [
    drillDelivery(),
    drillDelivery({
      id: 'd2',
      channel_name: 'Pager',
      outcome: 'failed',
      attempts: [{ at: after(3), number: 1, reason: 'no answer' }],
      seconds: null,
      seconds_since_start: null,
    }),
    drillDelivery({ id: 'd3', channel_name: 'Email', outcome: 'suppressed', receipt: null, seconds: null }),
  ];
  const held = { alert: 'down' as const, at: after(2) };
  const notes = [
    { ...held, reason: 'quiet hours', channel_id: 8, delivery_id: 'd3' },
    { ...held, reason: 'monitor 9, on which it depends, is down', channel_id: null, delivery_id: null },
  ];
  serveReport({ report: drillReport({ deliveries, notes, failed: 1 }) });
  renderAt('/drills/7');
  expect(await screen.findByRole('heading', { name: 'Drill of Example' })).toBeTruthy();
  expect(
    screen.getByText(/^Grace acknowledged it after 1 min 30 s. 1 notification received. 1 delivery failed.$/),
  ).toBeTruthy();
  const results = screen.getAllByRole('definition').map(({ textContent }) => textContent);
  expect(results).toEqual([
    '2.0 safter the start',
    '1 min 30 safter the start, by Grace',
    '1notifications of Down',
    '1notifications of Down',
  ]);
  const sent = within(screen.getByRole('list', { name: 'Down: 3 notifications' }));
  const [received, failed, suppressed] = sent
    .getAllByRole('listitem')
    .filter((item) => item.querySelector('ol'));
  expect(received?.textContent).toContain('Received 1.5 s after it was queued, 2.0 s after the start');
  expect(failed?.textContent).toContain('Attempt 1 failed · no answer');
  expect(suppressed?.textContent).toContain('Quiet hours');
  expect(await screen.findByRole('link', { name: 'Router' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'End drill' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
});

it('follows a drill while it is running, which somebody acknowledges and ends', async () => {
  const current = { report: RUNNING };
  serveReport(current);
  server.use(
    http.post('/drills/{id}/acknowledge', () => {
      current.report = { ...current.report, acknowledged: { at: after(30), by: 'Ada' } };
      return HttpResponse.json(current.report);
    }),
    http.post('/drills/{id}/end', () => {
      current.report = { ...current.report, state: 'acknowledged', ends_at: after(40) };
      return HttpResponse.json(current.report);
    }),
  );
  const { user } = renderAt('/drills/7');
  expect(await screen.findByText(/^Nothing is sent yet/)).toBeTruthy();
  current.report = { ...RUNNING, received: 1, deliveries: [drillDelivery()] };
  const sent = { name: 'Down: 1 notification' };
  expect(await screen.findByRole('list', sent, { timeout: 20_000 })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Acknowledge' }));
  expect(await screen.findByText('Acknowledged by Ada')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'End drill' }));
  await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'End drill' }));
  expect(await screen.findByText('Drill ended')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('button', { name: 'End drill' })).toBeNull());
  expect(screen.getByText('Ended')).toBeTruthy();
});

it.each<[Role, boolean, boolean]>([
  ['viewer', false, false],
  ['responder', true, false],
])('offers a %s what the role may do', async (role, acknowledges, ends) => {
  serveReport({ report: RUNNING }, role);
  renderAt('/drills/7');
  expect(await screen.findByRole('button', { name: 'Copy as Markdown' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Acknowledge' }) !== null).toBe(acknowledges);
  expect(screen.queryByRole('button', { name: 'End drill' }) !== null).toBe(ends);
});

it('is copied as Markdown', async () => {
  serveReport({ report: drillReport() });
  const { user } = renderAt('/drills/7');
  await user.click(await screen.findByRole('button', { name: 'Copy as Markdown' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Report as Markdown' }));
  await user.click(dialog.getByRole('button', { name: 'Copy' }));
  await waitFor(async () => expect(await navigator.clipboard.readText()).toMatch(/^# Drill of Example\n/));
});
