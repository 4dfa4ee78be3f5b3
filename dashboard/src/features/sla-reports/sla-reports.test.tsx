import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { SlaSchedule } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  member,
  monitor,
  noContent,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
} from '../../../test/server';
import { slaContent, slaMonitor, slaReport, slaResult, slaSchedule, slaSummary } from '../../../test/sla';
import { statusPage } from '../../../test/status-pages';

it('lists reports with what came of them', async () => {
  serveQuietAccount();
  server.use(
    http.get('/sla-reports', () =>
      HttpResponse.json(
        page([
          slaSummary({ id: 6, name: 'Now', preliminary: true, met: null, percent: null }),
          slaSummary({ schedule_id: 3 }),
          slaSummary({ id: 4, name: 'Old', met: false, percent: '99.899' }),
        ]),
      ),
    ),
  );
  renderAt('/sla-reports');
  const list = within(await screen.findByRole('list', { name: 'SLA reports' }));
  const [now, portal, old] = list.getAllByRole('listitem').map((item) => within(item));
  expect(now?.getByText('Preliminary')).toBeTruthy();
  expect(now?.getByText('Not measured')).toBeTruthy();
  expect(portal?.getByText('99.949%')).toBeTruthy();
  expect(portal?.getByText('Target met')).toBeTruthy();
  expect(portal?.getByLabelText('Made by a schedule')).toBeTruthy();
  expect(portal?.getByText(/1 of 2 missed/)).toBeTruthy();
  expect(old?.getByText('Target missed')).toBeTruthy();
});

it('makes a report of what the form says, with a preview that follows it', async () => {
  serveQuietAccount([monitor()]);
  const previewed: unknown[] = [];
  let sent: unknown;
  server.use(
    http.get('/sla-reports', () => HttpResponse.json(page([]))),
    http.post('/sla-reports/preview', async ({ request }) => {
      previewed.push(await request.json());
      return HttpResponse.json(slaContent());
    }),
    http.post(
      '/sla-reports',
      () =>
        problem(422, '2 fields are invalid', [
          { field: 'period.month', message: 'must have begun' },
          { field: 'selection.monitors', message: 'there is no monitor 42' },
        ]),
      { once: true },
    ),
    http.post('/sla-reports', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(slaReport({ name: 'Portal' }), { status: 201 });
    }),
    http.get('/sla-reports/{id}', () => HttpResponse.json(slaReport({ name: 'Portal' }))),
  );
  const { user } = renderAt('/sla-reports');
  await user.click(await screen.findByRole('link', { name: 'New report' }));
  expect(await screen.findByText(/Choose monitors and a period/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save report' }));
  expect(await screen.findByText('Select at least one monitor')).toBeTruthy();
  expect(previewed).toEqual([]);

  await user.selectOptions(screen.getByLabelText('Time zone'), 'Europe/Berlin');
  await user.click(screen.getByRole('radio', { name: 'Dates' }));
  const [first, last] = [screen.getByLabelText('First day'), screen.getByLabelText('Last day')];
  await user.clear(first);
  await user.type(first, '2025-10-01');
  await user.clear(last);
  await user.type(last, '2025-10-31');
  await user.click(await screen.findByRole('checkbox', { name: 'Example' }));
  const target = screen.getByLabelText('Target');
  await user.clear(target);
  await user.type(target, '99,95');
  const preview = within(await screen.findByRole('region', { name: 'Preview' }));
  expect(await preview.findByText('Search')).toBeTruthy();
  const expected = {
    period: { from: '2025-10-01', to: '2025-11-01' },
    time_zone: 'Europe/Berlin',
    selection: { monitors: [42] },
    target: 99.95,
    exclude_maintenance: true,
  };
  await waitFor(() => expect(previewed.at(-1)).toEqual(expected));

  await user.type(screen.getByLabelText('Name'), 'Portal');
  await user.click(screen.getByRole('button', { name: 'Save report' }));
  expect(await screen.findByText('there is no monitor 42')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save report' }));
  expect(await screen.findByRole('heading', { name: 'Portal' })).toBeTruthy();
  expect(sent).toEqual({ ...expected, name: 'Portal' });
});

it('makes a report of what a status page shows', async () => {
  serveQuietAccount();
  const previewed: { selection?: unknown }[] = [];
  server.use(
    http.get('/status-pages', () => HttpResponse.json(page([statusPage({ id: 7, title: 'Acme' })]))),
    http.post('/sla-reports/preview', async ({ request }) => {
      previewed.push(await request.json());
      return HttpResponse.json(slaContent());
    }),
  );
  const { user } = renderAt('/sla-reports/new');
  await user.click(await screen.findByRole('radio', { name: 'By status page' }));
  await user.click(screen.getByRole('button', { name: 'Save report' }));
  expect((await screen.findAllByText('Choose a status page')).length).toBe(2);
  expect(previewed).toEqual([]);
  await screen.findByRole('option', { name: 'Acme' });
  await user.selectOptions(screen.getByLabelText('Status page'), 'Acme');
  await waitFor(() => expect(previewed.at(-1)?.selection).toEqual({ status_page: 7 }));
});

it('refuses targets and dates that are none before asking the server', async () => {
  serveQuietAccount([monitor()]);
  const { user } = renderAt('/sla-reports/new');
  await user.click(await screen.findByRole('radio', { name: 'By tag' }));
  await user.click(screen.getByRole('radio', { name: 'Dates' }));
  const last = screen.getByLabelText('Last day');
  await user.clear(last);
  await user.type(last, '2020-01-01');
  const target = screen.getByLabelText('Target');
  for (const wrong of ['49', '100.1', '99.99999', 'high']) {
    await user.clear(target);
    await user.type(target, wrong);
    await user.click(screen.getByRole('button', { name: 'Save report' }));
    expect(await screen.findByText('Must be 50 to 100, with at most four decimals')).toBeTruthy();
  }
  expect(screen.getByText('Must not be before the first day')).toBeTruthy();
  expect(screen.getAllByText('Choose a tag').length).toBe(2);
});

it('shows a report with budgets in words, incidents and the method', async () => {
  serveQuietAccount();
  server.use(http.get('/sla-reports/{id}', () => HttpResponse.json(slaReport({ name: 'Portal' }))));
  renderAt('/sla-reports/5');
  expect(await screen.findByRole('heading', { name: 'Portal' })).toBeTruthy();
  const rows = screen.getAllByRole('row').map((row) => within(row));
  expect(rows.length).toBe(3);
  expect(rows[1]?.getByText('Target missed')).toBeTruthy();
  expect(rows[1]?.getByText('43 min 24 s of 43 min 12 s used, 12.5 s too much')).toBeTruthy();
  expect(rows[1]?.getByText('99.899%')).toBeTruthy();
  expect(rows[2]?.getByText('0 s of 43 min 12 s used, 43 min 12 s left')).toBeTruthy();
  const incidents = within(screen.getByRole('list', { name: 'Incidents' }));
  expect(incidents.getByText('Connection timed out')).toBeTruthy();
  // The hour that comes twice, by the clock of the report.
  expect(incidents.getByText('Sun, 26 Oct 2025, 02:30:00 CEST')).toBeTruthy();
  expect(incidents.getByText('Sun, 26 Oct 2025, 02:13:24 CET')).toBeTruthy();
  expect(incidents.getByText('Sun, 26 Oct 2025, 02:31:05 CEST by Eve')).toBeTruthy();
  expect(screen.getByText('All monitors together are the sums of their times.')).toBeTruthy();
  const coverage = screen.getByRole('link', { name: 'Coverage' });
  expect(coverage.getAttribute('href')).toMatch(/SLA\.md#the-figures$/);
  expect(screen.getByRole('link', { name: 'All definitions' }).getAttribute('href')).toBe(
    'https://docs.example/SLA.md',
  );
  expect(screen.queryByText(/Preliminary/)).toBeNull();
});

it('says what is preliminary, left out and not measured', async () => {
  serveQuietAccount();
  const nothing = {
    met: null,
    latency: null,
    without_maintenance: { ...slaResult().without_maintenance, ratio: null, percent: null },
  };
  const content = slaContent({
    preliminary: true,
    monitors: [
      slaMonitor({ incidents: [], incidents_left_out: 7 }),
      slaMonitor({ ...nothing, id: 44, name: 'New' }),
    ],
  });
  server.use(http.get('/sla-reports/{id}', () => HttpResponse.json(slaReport({ ...content }))));
  renderAt('/sla-reports/5');
  expect(await screen.findByText('Preliminary.')).toBeTruthy();
  expect(screen.getByText('7 shorter incidents not listed')).toBeTruthy();
  expect(screen.getByText('Not measured')).toBeTruthy();
});

it('downloads a report under the name that the server gives it, and deletes it', async () => {
  serveQuietAccount();
  const asked: string[] = [];
  server.use(
    http.get('/sla-reports', () => HttpResponse.json(page([]))),
    http.get('/sla-reports/{id}', () => HttpResponse.json(slaReport({ name: 'Portal' }))),
    http.get('/sla-reports/{id}/file', ({ request, response }) => {
      asked.push(new URL(request.url).searchParams.get('format') ?? '');
      return response.untyped(
        new HttpResponse('%PDF-', {
          headers: { 'Content-Disposition': 'attachment; filename="sla-report-portal.pdf"' },
        }),
      );
    }),
    http.delete('/sla-reports/{id}', noContent),
  );
  const saved: string[] = [];
  HTMLAnchorElement.prototype.click = function click() {
    saved.push(this.download);
  };
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => {};
  const { user } = renderAt('/sla-reports/5');
  await user.click(await screen.findByRole('button', { name: 'Download' }));
  await user.click(await screen.findByRole('menuitem', { name: 'PDF' }));
  await waitFor(() => expect(saved).toEqual(['sla-report-portal.pdf']));
  expect(asked).toEqual(['pdf']);
  await user.click(screen.getByRole('button', { name: 'Delete Portal' }));
  await user.click(screen.getByRole('button', { name: 'Delete report' }));
  expect(await screen.findByText('No SLA reports yet')).toBeTruthy();
});

it('adds a schedule for members, and says why there was no report', async () => {
  serveQuietAccount([monitor()]);
  const schedules: SlaSchedule[] = [slaSchedule({ error: 'there is no monitor with the tag "shop"' })];
  let sent: unknown;
  server.use(
    http.get('/sla-schedules', () => HttpResponse.json(page(schedules))),
    http.get('/tags', () =>
      HttpResponse.json(page([{ id: 3, name: 'shop', colour: 'blue', monitors: 2, version: 1 }] as never)),
    ),
    http.get('/orgs/{id}/members', () =>
      HttpResponse.json(page([member(), member({ user_id: 2, name: 'Bo', email: 'bo@example.org' })])),
    ),
    http.post('/sla-schedules', async ({ request }) => {
      sent = await request.json();
      schedules.push(slaSchedule({ id: 4, name: 'Quarter' }));
      return HttpResponse.json(slaSchedule({ id: 4, name: 'Quarter' }), { status: 201 });
    }),
  );
  const { user } = renderAt('/sla-reports/schedules');
  expect(await screen.findByText(/No report of the last period: there is no monitor/)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Last report' }).getAttribute('href')).toBe('/sla-reports/5');
  await user.click(screen.getByRole('button', { name: 'Add schedule' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText('Name'), 'Quarter');
  await user.click(dialog.getByRole('radio', { name: 'Every quarter' }));
  await user.selectOptions(dialog.getByLabelText('Time zone'), 'Europe/Berlin');
  await user.click(dialog.getByRole('radio', { name: 'By tag' }));
  await user.selectOptions(dialog.getByLabelText('Tag'), await dialog.findByRole('option', { name: 'shop' }));
  await user.click(await dialog.findByRole('checkbox', { name: /Bo/ }));
  await user.click(dialog.getByRole('button', { name: 'Add schedule' }));
  expect(await screen.findByText('Quarter saved')).toBeTruthy();
  expect(sent).toEqual({
    name: 'Quarter',
    cadence: 'quarterly',
    time_zone: 'Europe/Berlin',
    selection: { tag: 'shop' },
    target: 99.9,
    exclude_maintenance: true,
    recipients: [2],
    enabled: true,
  });
});

it('offers those who are narrowed to tags no schedules, and viewers nothing to change', async () => {
  serveQuietAccount();
  server.use(
    http.post('/auth/refresh', () => {
      const narrowed = session('token', 'viewer');
      return HttpResponse.json({ ...narrowed, org: { ...narrowed.org, only_tags: ['shop'] } });
    }),
    http.get('/sla-reports', () => HttpResponse.json(page([slaSummary()]))),
  );
  renderAt('/sla-reports');
  expect(await screen.findByText('Portal')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Schedules' })).toBeNull();
  expect(screen.queryByRole('link', { name: 'New report' })).toBeNull();
});
