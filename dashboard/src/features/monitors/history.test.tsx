import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Bucket, Incident } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  maintenanceWindow,
  monitor,
  page,
  series,
  serveQuietAccount,
  server,
} from '../../../test/server';
import { concerns, windowsWithin } from './use-marks';

/** An hour ago: what is older than the range is not shown. */
const BASE = Math.floor((Date.now() - 3_600_000) / 60_000) * 60_000;
const at = (minute: number, second = 0): string =>
  new Date(BASE + minute * 60_000 + second * 1_000).toISOString();

const bucket = (minute: number): Bucket => ({
  at: at(minute),
  up: 10,
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
});

const incident = (started_at: string, resolved_at: string | null): Incident => ({
  id: '8f0c1c1e-0000-4000-8000-000000000000',
  monitor_id: 42,
  monitor_name: 'Example',
  started_at,
  resolved_at,
  duration_seconds: 30,
  close_reason: resolved_at === null ? null : 'recovered',
  error_code: 'read_timeout',
  first_error: 'Timed out after 5 s',
  last_error: null,
  acknowledged: null,
});

/** A chart of three minutes, and the ranges that it was asked for. */
function serveHistory(incidents: Incident[]) {
  const asked: [string | null, string | null][] = [];
  const window = { ratio: 1, downtime_seconds: 0, incidents: 0, coverage: 1 };
  serveQuietAccount();
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/uptime', ({ request }) => {
      const from = new URL(request.url).searchParams.get('from');
      if (from === null) {
        return HttpResponse.json({
          '24h': window,
          '7d': window,
          '30d': window,
          '90d': window,
          '365d': window,
        });
      }
      const to = new URL(request.url).searchParams.get('to') ?? '';
      return HttpResponse.json({ ...window, ratio: 0.75, from, to, until: to } as never);
    }),
    http.get('/monitors/{id}/series', ({ request }) => {
      const { searchParams } = new URL(request.url);
      const from = searchParams.get('from') ?? '';
      // The bar of the last 90 days.
      if (Date.parse(from) < Date.now() - 89 * 86_400_000) return HttpResponse.json(series([]));
      asked.push([from, searchParams.get('to')]);
      return HttpResponse.json({
        ...series([bucket(0), bucket(1), bucket(2)]),
        from: at(0),
        to: at(3),
      });
    }),
    http.get('/incidents', () => HttpResponse.json(page(incidents))),
  );
  return asked;
}

async function chart() {
  const history = within(await screen.findByRole('region', { name: 'History' }));
  return { history, slider: await history.findByRole('slider') };
}

it('shades incidents and maintenance windows, and names them', async () => {
  const asked = serveHistory([incident(at(1, 10), at(1, 40))]);
  const planned = { repeat: 'once', from: at(2), until: at(4) } as const;
  const windows = [maintenanceWindow(planned), maintenanceWindow(planned, { id: 6, monitors: [7] })];
  server.use(
    http.get('/maintenance-windows', () => HttpResponse.json(page(windows))),
    http.get('/maintenance-windows/{id}/occurrences', ({ params }) => {
      expect(params.id).toBe('5');
      const times = { starts_at: at(2), ends_at: at(4) };
      const cancelled = { starts_at: at(0), ends_at: at(0, 30) };
      return HttpResponse.json({
        occurrences: [
          { ...cancelled, state: 'cancelled' },
          { ...times, state: 'ended' },
        ],
      });
    }),
  );
  const { user } = renderAt('/monitors/42');
  const { history, slider } = await chart();
  expect(await history.findByText('Incident')).toBeTruthy();
  expect(await history.findByText('Maintenance')).toBeTruthy();
  slider.focus();
  await user.keyboard('{Home}');
  expect(slider.getAttribute('aria-valuetext')).not.toContain('Maintenance');
  await user.keyboard('{ArrowRight}');
  expect(slider.getAttribute('aria-valuetext')).toContain('Incident: Timed out');
  await user.keyboard('{ArrowRight}');
  expect(slider.getAttribute('aria-valuetext')).toContain('Maintenance: Patch night');
  expect(history.getByText('Maintenance: Patch night')).toBeTruthy();
  expect(asked).toHaveLength(1);
});

it('zooms into a range that is chosen by the keyboard, and out again', async () => {
  const asked = serveHistory([]);
  const { user } = renderAt('/monitors/42');
  const { history, slider } = await chart();
  expect(history.queryByRole('button', { name: 'Zoom out' })).toBeNull();
  slider.focus();
  await user.keyboard('{Home}{Enter}');
  expect(asked).toHaveLength(1);
  await user.keyboard('{Shift>}{ArrowRight}{/Shift}{Enter}');
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]).toEqual([at(0), at(2)]);
  expect(await history.findByText('75.00% uptime')).toBeTruthy();
  expect(history.getByRole('button', { name: '24 h' }).getAttribute('aria-pressed')).toBe('false');
  await user.click(history.getByRole('button', { name: 'Zoom out' }));
  expect(history.getByRole('button', { name: '24 h' }).getAttribute('aria-pressed')).toBe('true');
  expect(await history.findByText('100% uptime')).toBeTruthy();
});

describe('a maintenance window', () => {
  const once = { repeat: 'once', from: at(2), until: at(4) } as const;
  const NIGHT = { weekday: 'Sun', from: '02:00:00', minutes: 60, time_zone: 'UTC' } as const;

  it.each([
    [{}, true],
    [{ monitors: [42] }, true],
    [{ monitors: [7] }, false],
    [{ tags: ['shop'] }, true],
    [{ tags: ['other'] }, false],
    [{ monitors: [7], tags: ['shop'] }, true],
  ])('of %j concerns the monitor: %s', (of, expected) => {
    expect(concerns(maintenanceWindow(once, of), { id: 42, tags: ['shop'] })).toBe(expected);
  });

  it('is asked for where it may be within the range, the newest first', () => {
    const weekly = { repeat: 'weekly', ...NIGHT } as const;
    const windows = [
      maintenanceWindow(once, { id: 1 }),
      maintenanceWindow(weekly, { id: 2 }),
      maintenanceWindow(once, { id: 3, monitors: [7] }),
    ];
    const idsOf = (from: string, to: string) =>
      windowsWithin(windows, { id: 42, tags: [] }, { from, to }).map(({ id }) => id);
    expect(idsOf(at(3), at(5))).toEqual([2, 1]);
    expect(idsOf(at(4), at(6))).toEqual([2]);
    expect(idsOf(at(0), at(2))).toEqual([2]);
    const many = Array.from({ length: 12 }, (_, index) => maintenanceWindow(once, { id: index + 1 }));
    const asked = windowsWithin(many, { id: 42, tags: [] }, { from: at(0), to: at(9) });
    expect(asked.map(({ id }) => id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });
});
