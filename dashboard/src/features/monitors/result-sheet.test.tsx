import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { CheckResult, Incident } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server } from '../../../test/server';
import { daysOfResults, incidentAt } from './result-sheet';

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

const result = (minutes: number, changes: Partial<CheckResult> = {}): CheckResult => {
  const scheduled_at = ago(minutes);
  return {
    scheduled_at,
    checked_at: new Date(Date.parse(scheduled_at) + 400).toISOString(),
    ...{ outcome: 'up', state: 'up', latency_ms: 87, status_code: 200 },
    ...{ error: null, error_code: null, attempts: 1, region: 'default' },
    ...changes,
  };
};

const FAILED = result(2, {
  ...{ outcome: 'down', state: 'down', latency_ms: 34, status_code: 503, attempts: 2 },
  ...{ error: 'Unexpected status 503 (expected 200–399)', error_code: 'status_mismatch' },
});

const INCIDENT: Incident = {
  ...{ id: '8f0c1c1e-0000-4000-8000-000000000000', monitor_id: 42, monitor_name: 'Example' },
  ...{ started_at: FAILED.scheduled_at, resolved_at: ago(1), duration_seconds: 60 },
  ...{ close_reason: 'recovered', error_code: 'status_mismatch', first_error: FAILED.error },
  ...{ last_error: null, acknowledged: null },
};

it('shows all that is known of a result, and goes on to its neighbours', async () => {
  serveQuietAccount();
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/uptime', () => problem(503, 'history is not available')),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([result(1), FAILED, result(3)]))),
    http.get('/incidents', () => HttpResponse.json(page([INCIDENT]))),
  );
  const { user } = renderAt('/monitors/42');
  const table = within(await screen.findByRole('table'));
  const opener = table.getAllByRole('button')[1];
  if (opener) await user.click(opener);
  const sheet = within(await screen.findByRole('dialog', { name: /^Result of / }));
  expect(sheet.getByText('503')).toBeTruthy();
  expect(sheet.getByText(/, 0.4 s after it was due$/)).toBeTruthy();
  const incident: HTMLAnchorElement = await sheet.findByRole('link', { name: 'Open the incident' });
  expect(incident.pathname).toBe(`/incidents/${INCIDENT.id}`);
  await user.click(sheet.getByRole('button', { name: 'Newer' }));
  expect(sheet.getByText('200')).toBeTruthy();
  expect(sheet.queryByRole('link', { name: 'Open the incident' })).toBeNull();
  // There is none that is newer.
  await user.click(sheet.getByRole('button', { name: 'Newer' }));
  expect(sheet.getByText('200')).toBeTruthy();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(document.activeElement).toBe(opener);
});

it('asks for incidents as far back as there are results', () => {
  const day = 24 * 60;
  expect(daysOfResults([result(1), result(3)], Date.now())).toBe(1);
  expect(daysOfResults([result(1), result(40.5 * day)], Date.now())).toBe(41);
});

it('finds the incident that a result is a part of', () => {
  expect(incidentAt([INCIDENT], FAILED)).toBe(INCIDENT);
  expect(incidentAt([INCIDENT], result(1))).toBeNull();
  expect(incidentAt([INCIDENT], result(3))).toBeNull();
  expect(incidentAt([{ ...INCIDENT, resolved_at: null }], result(0))).not.toBeNull();
});
