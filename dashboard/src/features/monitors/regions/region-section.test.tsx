import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Bucket, CheckResult, Incident, Monitor, RegionStatus, Series } from '@/api/models';
import { DOWN_FROM_TWO, fromThree, REFUSED, VOTES, vote } from '../../../../test/regions';
import { renderAt } from '../../../../test/render';
import { http, monitor, page, series, serveQuietAccount, server } from '../../../../test/server';

const { status } = monitor();

const result = (region: string, minute: number, changes: Partial<CheckResult> = {}): CheckResult => ({
  scheduled_at: `2025-11-20T12:0${minute}:00.000Z`,
  checked_at: `2025-11-20T12:0${minute}:00.100Z`,
  outcome: 'up',
  state: 'up',
  latency_ms: 87,
  status_code: 200,
  error: null,
  error_code: null,
  attempts: 1,
  region,
  ...changes,
});

const RESULTS = [
  result('us', 2, { outcome: 'down', state: 'down', latency_ms: null, error_code: 'connect_refused' }),
  result('eu', 1, { latency_ms: 20 }),
  result('ap', 0),
];

const bucket = (minute: number, p50_ms: number | null): Bucket => ({
  at: `2025-11-20T10:0${minute}:00.000Z`,
  up: 10,
  degraded: 0,
  down: 0,
  skipped: 0,
  availability: 1,
  coverage: 1,
  p50_ms,
  p95_ms: p50_ms,
  p99_ms: p50_ms,
  min_ms: p50_ms,
  max_ms: p50_ms,
});

/** What was asked of regions is kept. */
function serveMonitor(shown: Monitor, incidents: Incident[] = []): string[] {
  const asked: string[] = [];
  const window = { ratio: 1, downtime_seconds: 0, incidents: 0, coverage: 1 };
  serveQuietAccount([shown]);
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(shown)),
    http.get('/monitors/{id}/results', ({ request }) => {
      const region = new URL(request.url).searchParams.get('region');
      asked.push(`results ${region}`);
      return HttpResponse.json(page(RESULTS.filter((each) => region === null || each.region === region)));
    }),
    http.get('/monitors/{id}/series', ({ request }) => {
      const { searchParams: query } = new URL(request.url);
      asked.push(`series ${query.get('region')} ${query.get('by_region')}`);
      const whole: Series = {
        ...series([bucket(0, 30), bucket(1, 40)]),
        regions: [
          { region: 'ap', points: [bucket(0, 80), bucket(1, 90)] },
          { region: 'eu', points: [bucket(0, 20), bucket(1, null)] },
        ],
      };
      return HttpResponse.json(query.get('by_region') ? whole : series([bucket(0, 30)]));
    }),
    http.get('/monitors/{id}/uptime', ({ request }) => {
      asked.push(`uptime ${new URL(request.url).searchParams.get('region')}`);
      return HttpResponse.json({ '24h': window, '7d': window, '30d': window, '90d': window, '365d': window });
    }),
    http.get('/incidents', () => HttpResponse.json(page(incidents))),
  );
  return asked;
}

const fromThreeRegions = (votes: RegionStatus[] = VOTES, changes: Partial<Monitor['status']> = {}) =>
  monitor(fromThree({ ...status, ...changes }, votes));

const section = async (name: string) => within(await screen.findByRole('region', { name }));

const rowsOf = (table: HTMLElement) =>
  within(table)
    .getAllByRole('row')
    .slice(1)
    .map((row) => [...row.children].map((cell) => cell.textContent));

it('shows what each region finds', async () => {
  serveMonitor(fromThreeRegions());
  renderAt('/monitors/42');
  const shown = await section('Regions');
  expect(shown.getByText('Down from us; up from ap, eu')).toBeTruthy();
  const rows = rowsOf(shown.getByRole('table'));
  expect(rows.map(([region, state]) => `${region} ${state}`)).toEqual(['ap Up', 'eu Up', 'us Down']);
  expect(rows.map((cells) => cells.slice(4))).toEqual([
    ['87 ms', ''],
    ['20 ms', ''],
    ['–', 'Connection refused'],
  ]);
  expect(screen.getByText('Checked from ap, eu, us · Down when 2 of 3 regions find it down')).toBeTruthy();
  expect(shown.queryByText(/^Absent:/)).toBeNull();
});

it('shows no column of what the server does not say, and explains absent regions', async () => {
  const votes = [
    vote('ap', { since: null }),
    vote('eu', { since: null }),
    vote('us', { since: null, state: 'absent', last_checked_at: null, latency_ms: null }),
  ];
  serveMonitor(fromThreeRegions(votes));
  renderAt('/monitors/42');
  const shown = await section('Regions');
  expect(shown.queryByRole('columnheader', { name: 'Since' })).toBeNull();
  expect(rowsOf(shown.getByRole('table'))[2]).toEqual(['us', 'Absent', 'Never', '–', '']);
  expect(shown.getByText(/^Absent: no results for three intervals/)).toBeTruthy();
});

it('shows results of one region, which is in the address', async () => {
  const asked = serveMonitor(fromThreeRegions());
  const { user } = renderAt('/monitors/42');
  const results = await section('Recent results');
  const table = await results.findByRole('table');
  expect(rowsOf(table).map((cells) => cells[1])).toEqual(['us', 'eu', 'ap']);
  const chart = results.getByRole('slider');
  expect(chart.getAttribute('aria-valuetext')).toMatch(/^us, Down, /);
  expect(asked).toContain('series null true');
  await user.selectOptions(results.getByLabelText('Region'), 'eu');
  await waitFor(() =>
    expect(asked).toEqual(expect.arrayContaining(['results eu', 'series eu null', 'uptime eu'])),
  );
  expect(new URL(window.location.href).searchParams.get('region')).toBe('eu');
  const one = await results.findByRole('table');
  expect(rowsOf(one).map((cells) => cells[1])).toEqual(['eu']);
  expect(results.getByRole('slider').getAttribute('aria-valuetext')).toMatch(/^Up, 20 ms, /);
  // Both choices show the same.
  const history = await section('History');
  expect(history.getByLabelText<HTMLSelectElement>('Region').value).toBe('eu');
  await user.selectOptions(history.getByLabelText('Region'), 'All regions');
  await waitFor(() => expect(window.location.search).toBe(''));
});

it('opens with the region of the address, unless it is none of them', async () => {
  const asked = serveMonitor(fromThreeRegions());
  const first = renderAt('/monitors/42?region=us');
  await waitFor(() => expect(asked).toContain('results us'));
  first.unmount();
  asked.length = 0;
  renderAt('/monitors/42?region=mars');
  await waitFor(() => expect(asked).toContain('series null true'));
  expect(asked).not.toContain('results mars');
});

it('has a line for each region, and says which is which', async () => {
  const asked = serveMonitor(fromThreeRegions());
  const { user } = renderAt('/monitors/42');
  const history = await section('History');
  expect(await history.findByText('Median response time by region')).toBeTruthy();
  const chart = history.getByRole('slider');
  chart.focus();
  await user.keyboard('{Home}');
  expect(chart.getAttribute('aria-valuetext')).toMatch(/ap 80 ms, eu 20 ms$/);
  await user.keyboard('{End}');
  expect(chart.getAttribute('aria-valuetext')).toMatch(/ap 90 ms$/);
  // Of longer than 120 days there are no lines of regions.
  await user.click(history.getByRole('button', { name: '1 y' }));
  await waitFor(() => expect(asked).toContain('series null null'));
  expect(await history.findByText('p99')).toBeTruthy();
  const results = await section('Recent results');
  const legend = await results.findAllByRole('listitem');
  expect(legend.map((item) => item.textContent)).toEqual(['ap', 'eu', 'us']);
});

it('is a state of its own when too few regions have results, and never down', async () => {
  const votes = [
    vote('ap', { state: 'absent' }),
    vote('eu', REFUSED),
    vote('us', { state: 'absent', latency_ms: null }),
  ];
  const failed = { state: 'down', error: 'connection refused', error_code: 'connect_refused' } as const;
  serveMonitor(fromThreeRegions(votes, { ...failed, is_unseen: true }));
  const first = renderAt('/monitors/42');
  expect(await screen.findByText('Too few regions')).toBeTruthy();
  const note = screen.getByText(/^Recent results from 1 of 3 regions, and 2 are needed\./);
  expect(note.textContent).toMatch(/Last decided: Down$/);
  // Only in the tables of what regions find.
  expect(screen.queryByText('Connection refused', { selector: 'p' })).toBeNull();
  first.unmount();
  renderAt('/');
  const list = within(await screen.findByRole('table', { name: 'Monitors' }));
  expect(list.getByText('Too few regions')).toBeTruthy();
  expect(list.queryByText('Down')).toBeNull();
  expect(list.queryByText('Connection refused')).toBeNull();
});

it('marks a monitor in the list where regions differ', async () => {
  serveMonitor(fromThreeRegions());
  renderAt('/');
  const mark = await screen.findByText('2 of 3 up');
  expect(mark.textContent).toBe('2 of 3 up: Down from us; up from ap, eu');
});

it('says of incidents from which regions they were found', async () => {
  const incident: Incident = {
    id: '8f0c1c1e-0000-4000-8000-000000000000',
    monitor_id: 42,
    monitor_name: 'Example',
    started_at: '2025-11-20T11:00:00.000Z',
    resolved_at: null,
    duration_seconds: 60,
    close_reason: null,
    error_code: 'read_timeout',
    first_error: 'Timed out after 5 s (waiting for the response)',
    last_error: 'Timed out after 5 s (waiting for the response)',
    acknowledged: null,
    regions: DOWN_FROM_TWO,
  };
  serveMonitor(fromThreeRegions(), [incident]);
  renderAt('/monitors/42');
  expect(await screen.findByText('Down from eu, us; up from ap')).toBeTruthy();
});

it('shows nothing of regions where one checks the monitor', async () => {
  const asked = serveMonitor(monitor({ regions: [], quorum: null, status: { ...status, regions: [] } }));
  renderAt('/monitors/42');
  const results = await section('Recent results');
  await results.findByRole('table');
  expect(results.queryByRole('columnheader', { name: 'Region' })).toBeNull();
  expect(screen.queryByLabelText('Region')).toBeNull();
  expect(screen.queryByRole('region', { name: 'Regions' })).toBeNull();
  expect(screen.queryByText(/^Checked from/)).toBeNull();
  expect(asked).toContain('series null null');
});

it('names the only region of a monitor that is not checked from home', async () => {
  serveMonitor(monitor({ regions: ['us'] }));
  renderAt('/monitors/42');
  expect(await screen.findByText('Checked from us')).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'Regions' })).toBeNull();
});
