import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Baseline, Bucket, Monitor } from '@/api/models';
import { renderAt } from '../../../../test/render';
import {
  baseline,
  http,
  monitor,
  page,
  problem,
  series,
  serveQuietAccount,
  server,
} from '../../../../test/server';

/** Serves a monitor; what is sent of it is in the list. */
function serve(changes: Partial<Monitor> = {}, usual: Baseline = baseline()): unknown[] {
  const sent: unknown[] = [];
  const bucket: Bucket = {
    at: '2025-11-20T10:00:00.000Z',
    up: 5,
    degraded: 0,
    down: 0,
    skipped: 0,
    availability: 1,
    coverage: 1,
    p50_ms: 20,
    p95_ms: 40,
    p99_ms: 80,
    min_ms: 10,
    max_ms: 90,
  };
  serveQuietAccount([monitor(changes)]);
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor(changes))),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/uptime', () => problem(503, 'history is not available')),
    http.get('/monitors/{id}/series', () => HttpResponse.json(series([bucket]))),
    http.get('/monitors/{id}/baseline', () => HttpResponse.json(usual)),
    http.patch('/monitors/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(monitor(changes));
    }),
  );
  return sent;
}

const history = async () => within(await screen.findByRole('region', { name: 'History' }));

it('says since when it learns what is usual', async () => {
  serve({}, baseline({ known_since: '2025-11-20T02:00:00.000Z', known_hours: 10, known_weeks: 1 }));
  renderAt('/monitors/42');
  expect(
    await (await history()).findByText(/^Learning what is usual since .* \(10 hours so far\)$/),
  ).toBeTruthy();
  expect((await history()).queryByText('usual (p95)')).toBeNull();
});

it('draws what is usual', async () => {
  const point = { lower_ms: 10, median_ms: 30, upper_ms: 60, hours: 8, by_day: false };
  const points = [{ ...point, hour: '2025-11-20T10:00:00.000Z' }];
  serve({}, baseline({ state: 'ready', points, known_since: '2025-10-01T00:00:00.000Z', known_weeks: 8 }));
  renderAt('/monitors/42');
  expect(await (await history()).findByText('usual (p95)')).toBeTruthy();
  expect((await history()).queryByText(/Learning/)).toBeNull();
});

it('has a word of its own for a monitor that is up and slower than usual', async () => {
  const { status } = monitor();
  const anomaly = { since: '2025-11-20T12:00:00.000Z', expected_ms: 120, observed_ms: 900 };
  serve({ status: { ...status, state: 'up', anomaly } });
  renderAt('/monitors/42');
  expect(await screen.findByText('Slower than usual')).toBeTruthy();
  expect(screen.getByText(/^Slower than usual since .*: 900 ms, where 120 ms are usual/)).toBeTruthy();
});

it('says of a monitor that is down that it is down', async () => {
  const { status } = monitor();
  const anomaly = { since: '2025-11-20T12:00:00.000Z', expected_ms: 120, observed_ms: 900 };
  serve({ status: { ...status, state: 'down', anomaly } });
  renderAt('/monitors/42');
  expect((await screen.findAllByText('Down')).length).toBeGreaterThan(0);
  expect(screen.queryByText(/Slower than usual/)).toBeNull();
});

it('turns the comparison with what is usual on', async () => {
  const sent = serve();
  const { user } = renderAt('/monitors/42/edit');
  const title = await screen.findByText('Usual response times');
  expect(within(title.closest('summary') as HTMLElement).getByText('Off')).toBeTruthy();
  await user.click(title);
  expect(screen.queryByRole('checkbox', { name: 'Notify when it is slower than usual' })).toBeNull();
  await user.click(screen.getByRole('radio', { name: 'High' }));
  await user.click(screen.getByRole('checkbox', { name: 'Notify when it is slower than usual' }));
  expect(screen.getByText('Sensitivity high, notifies')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example saved');
  expect(sent).toEqual([{ anomalies: { sensitivity: 'high', notify: true } }]);
});

it('asks a heartbeat for none', async () => {
  const sent = serve({ anomalies: { sensitivity: 'low', notify: false } });
  const { user } = renderAt('/monitors/42/edit');
  await user.click(await screen.findByRole('radio', { name: 'Heartbeat' }));
  expect(screen.queryByText('Usual response times')).toBeNull();
  await user.clear(screen.getByLabelText(/^Slug/));
  await user.type(screen.getByLabelText(/^Slug/), 'backup');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example saved');
  expect(sent).toMatchObject([{ kind: 'heartbeat', anomalies: null }]);
});
