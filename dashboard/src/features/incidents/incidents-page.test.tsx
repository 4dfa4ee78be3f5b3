import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Incident } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, serveQuietAccount, server, summary } from '../../../test/server';

const incident = (index: number): Incident => ({
  id: `8f0c1c1e-0000-4000-8000-${String(index).padStart(12, '0')}`,
  monitor_id: index,
  monitor_name: `Monitor ${index}`,
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: null,
  duration_seconds: 600,
  close_reason: null,
  error_code: 'connect_refused',
  first_error: 'Connection refused by 192.0.2.1:443',
  last_error: 'Connection refused by 192.0.2.1:443',
  acknowledged: null,
});

/** 30 ongoing incidents, in pages of 20: each row makes a search by role slower. */
function serveManyIncidents() {
  serveQuietAccount();
  server.use(
    http.get('/summary', () => HttpResponse.json(summary({ down: 30, open_incidents: 30 }))),
    http.get('/incidents', ({ query }) => {
      if (query.get('open') !== 'true') return HttpResponse.json({ items: [], next_cursor: null });
      const begin = Number(query.get('cursor') ?? 0);
      const items = Array.from({ length: 30 }, (_, index) => incident(index)).slice(begin, begin + 20);
      return HttpResponse.json({ items, next_cursor: begin === 0 ? '20' : null });
    }),
  );
}

it('counts all ongoing incidents and leads to the last one', async () => {
  serveManyIncidents();
  const { user } = renderAt('/incidents');
  const section = await screen.findByRole('region', { name: 'Ongoing' });
  expect(await screen.findByRole('link', { name: /Incidents\s*30\s*ongoing/ })).toBeTruthy();
  await user.click(await within(section).findByRole('button', { name: 'Show more' }));
  expect(await within(section).findByText('Monitor 29')).toBeTruthy();
  expect(within(section).queryByRole('button', { name: 'Show more' })).toBeNull();
  expect(screen.getByText('No past incidents')).toBeTruthy();
});

it('counts all ongoing incidents beside the monitors', async () => {
  serveManyIncidents();
  renderAt('/');
  expect(await screen.findByRole('link', { name: 'All 30' })).toBeTruthy();
});
