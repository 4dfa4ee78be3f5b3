import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Bucket, Incident, Monitor } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, monitor, page, series, serveQuietAccount, server } from '../../../test/server';
import { DAY_MS } from './days';

/** The beginning of today in UTC, and of the days before. */
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const daysAgo = (days: number): string => new Date(TODAY - days * DAY_MS).toISOString();

const bucket = (days: number, availability: number | null): Bucket => ({
  ...{ at: daysAgo(days), up: 1, degraded: 0, down: 0, skipped: 0, coverage: 1, availability },
  ...{ p50_ms: null, p95_ms: null, p99_ms: null, min_ms: null, max_ms: null },
});

const INCIDENT: Incident = {
  ...{ id: '8f0c1c1e-0000-4000-8000-000000000000', monitor_id: 42, monitor_name: 'Example' },
  ...{ started_at: daysAgo(1.75), resolved_at: daysAgo(1.5), duration_seconds: 21_600 },
  ...{ close_reason: 'recovered', error_code: null, first_error: 'The disk is full', last_error: null },
  acknowledged: null,
};

function serveDays(buckets: Bucket[], changes: Partial<Monitor> = {}) {
  const window = { ratio: 0.998, downtime_seconds: 7, incidents: 1, coverage: 1 };
  serveQuietAccount();
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor(changes))),
    http.get('/monitors/{id}/uptime', () =>
      HttpResponse.json({ '24h': window, '7d': window, '30d': window, '90d': window, '365d': window }),
    ),
    http.get('/monitors/{id}/series', () =>
      HttpResponse.json({ ...series(buckets), bucket_seconds: DAY_MS / 1_000 }),
    ),
    http.get('/incidents', () => HttpResponse.json(page([INCIDENT]))),
  );
}

it('goes through the days by the keyboard, and leads to their incidents', async () => {
  serveDays([bucket(3, null), bucket(2, 0.75), bucket(1, 0.9999), bucket(0, 1)]);
  const { user } = renderAt('/monitors/42');
  const uptime = within(await screen.findByRole('region', { name: 'Uptime' }));
  const bar = await uptime.findByRole('slider', { name: /^4 days, 1 below 99% uptime/ });
  expect(uptime.getByText('Today (UTC)')).toBeTruthy();
  bar.focus();
  await user.keyboard('{ArrowLeft}');
  expect(bar.getAttribute('aria-valuetext')).toMatch(/, 99.99% uptime, No incidents$/);
  await user.keyboard('{ArrowLeft}');
  expect(bar.getAttribute('aria-valuetext')).toMatch(/, 75.00% uptime, 1 incident$/);
  const link: HTMLAnchorElement = uptime.getByRole('link', { name: 'The disk is full' });
  expect(link.pathname).toBe(`/incidents/${INCIDENT.id}`);
  // It is the next thing that the keyboard comes to.
  await user.tab();
  expect(document.activeElement).toBe(link);
  bar.focus();
  await user.keyboard('{Home}');
  expect(bar.getAttribute('aria-valuetext')).toMatch(/, No data, No incidents$/);
});

it('is not there for a monitor of today, whose uptime is one line', async () => {
  const created_at = new Date(Date.now() - 3_600_000).toISOString();
  serveDays([bucket(1, null), bucket(0, 1)], { created_at });
  renderAt('/monitors/42');
  const uptime = within(await screen.findByRole('region', { name: 'Uptime' }));
  expect(await uptime.findByText(/^99.80% uptime since /)).toBeTruthy();
  expect(uptime.getByText('7 s downtime')).toBeTruthy();
  expect(uptime.queryByText('24 hours')).toBeNull();
  expect(uptime.queryByRole('slider')).toBeNull();
});
