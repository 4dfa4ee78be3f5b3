import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Incident, ReportDraft, Role } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, page, serveQuietAccount, server } from '../../../test/server';
import { reportDraft, serveStatusPage } from '../../../test/status-pages';

const INCIDENT: Incident = {
  id: '8f0c1c1e-0000-4000-8000-000000000000',
  monitor_id: 42,
  monitor_name: 'Example',
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: null,
  duration_seconds: 600,
  close_reason: null,
  error_code: null,
  first_error: 'Connection refused',
  last_error: 'Connection refused',
  acknowledged: null,
  notes: [],
};

function serveIncident(drafts: ReportDraft[], role: Role = 'editor') {
  let asked = 0;
  serveQuietAccount([], role);
  server.use(
    http.get('/incidents/{id}', () => HttpResponse.json(INCIDENT)),
    http.get('/incidents/{id}/events', () => HttpResponse.json(page([]))),
    http.get('/channels', () => HttpResponse.json(page([]))),
    http.get('/incidents/{id}/status-report-drafts', () => {
      asked++;
      return HttpResponse.json({ items: drafts });
    }),
  );
  return { asked: () => asked };
}

it('leads to a report that is filled in', async () => {
  serveStatusPage();
  serveIncident([reportDraft()]);
  const { user } = renderAt(`/incidents/${INCIDENT.id}`);
  await user.click(await screen.findByRole('link', { name: 'Publish a report' }));
  expect(await screen.findByDisplayValue('Checkout is down')).toBeTruthy();
  expect(screen.getByRole('radio', { name: 'Only on the page' })).toHaveProperty('checked', false);
});

it('leads to the report that there is', async () => {
  serveIncident([reportDraft({ report_id: 3 })]);
  renderAt(`/incidents/${INCIDENT.id}`);
  expect(await screen.findByRole('link', { name: 'Open report' })).toHaveProperty(
    'pathname',
    '/status-pages/7/reports/3',
  );
});

it('lets choose among several pages', async () => {
  serveStatusPage();
  serveIncident([
    reportDraft({ status_page_id: 6, status_page_title: 'Internal', report_id: 9 }),
    reportDraft(),
  ]);
  const { user } = renderAt(`/incidents/${INCIDENT.id}`);
  await user.click(await screen.findByRole('button', { name: 'Publish a report' }));
  expect(await screen.findByRole('menuitem', { name: 'Open report on Internal' })).toBeTruthy();
  await user.click(screen.getByRole('menuitem', { name: 'On Example status' }));
  expect(await screen.findByDisplayValue('Checkout is down')).toBeTruthy();
});

it('is not offered to a responder, nor where no page shows the monitor', async () => {
  const { asked } = serveIncident([reportDraft()], 'responder');
  const first = renderAt(`/incidents/${INCIDENT.id}`);
  await screen.findByRole('button', { name: 'Acknowledge' });
  expect(screen.queryByRole('link', { name: 'Publish a report' })).toBeNull();
  expect(asked()).toBe(0);
  first.unmount();
});
