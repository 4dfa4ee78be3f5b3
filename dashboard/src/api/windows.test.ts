import { QueryClient } from '@tanstack/react-query';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { http, server } from '../../test/server';
import type { MaintenanceOccurrence } from './models';
import { occurrencesOfQuery } from './windows';

const DAY_MS = 86_400_000;

/** An hour each day, so many days ago and since. */
function everyDay(days: number): MaintenanceOccurrence[] {
  const first = Date.now() - days * DAY_MS;
  const instant = (day: number, hours: number) =>
    new Date(first + day * DAY_MS + hours * 3_600_000).toISOString();
  return Array.from({ length: days + 200 }, (_, day) => ({
    starts_at: instant(day, 0),
    ends_at: instant(day, 1),
    state: 'scheduled',
  }));
}

it('goes on until the occurrences are those to come', async () => {
  const all = everyDay(250);
  const asked: string[] = [];
  server.use(
    http.get('/maintenance-windows/{id}/occurrences', ({ query }) => {
      const from = query.get('from') ?? '';
      asked.push(from);
      return HttpResponse.json({ occurrences: all.filter(({ ends_at }) => ends_at > from).slice(0, 100) });
    }),
  );
  const since = all[0]?.starts_at ?? '';
  const found = await new QueryClient().fetchQuery(occurrencesOfQuery(5, since));
  expect(asked).toEqual([since, all[99]?.ends_at, all[199]?.ends_at]);
  expect(found).toEqual(all.slice(0, 300));
});
