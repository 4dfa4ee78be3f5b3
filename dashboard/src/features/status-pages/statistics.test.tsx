import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, server } from '../../../test/server';
import { serveStatusPage, statusPage } from '../../../test/status-pages';

const DAYS = [
  { date: '2025-11-18', views: 1_200 },
  { date: '2025-11-19', views: 0 },
  { date: '2025-11-20', views: 34 },
];

it('shows the views of each day and the numbers of subscribers', async () => {
  serveStatusPage();
  server.use(
    http.get('/status-pages/{id}/statistics', () =>
      HttpResponse.json({ days: DAYS, subscribers: 12, waiting_subscribers: 3 }),
    ),
  );
  renderAt('/status-pages/7');
  expect(await screen.findByText('1,234 views in 90 days · 12 subscribers, 3 to confirm')).toBeTruthy();
  const chart = screen.getByRole('img', { name: '1,234 views in 3 days' });
  const bars = [...chart.querySelectorAll('rect')];
  expect(bars.map((bar) => bar.querySelector('title')?.textContent)).toEqual([
    expect.stringContaining('1,200 views'),
    expect.stringContaining('0 views'),
    expect.stringContaining('34 views'),
  ]);
  const heights = bars.map((bar) => Number(bar.getAttribute('height')));
  expect(heights).toEqual([40, 1, 2]);
});

it('says so while views cannot be had, also to whoever only reads', async () => {
  serveStatusPage(statusPage(), 'viewer');
  server.use(
    http.get('/status-pages/{id}/statistics', () =>
      HttpResponse.json({ days: null, subscribers: 1, waiting_subscribers: 0 }),
    ),
  );
  renderAt('/status-pages/7');
  expect(await screen.findByText('1 subscriber')).toBeTruthy();
  expect(screen.getByText('How often it was looked at is not known at the moment.')).toBeTruthy();
});
