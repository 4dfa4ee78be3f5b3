import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { CalendarFeed } from '@/api/models';
import { onCallSchedule, serveOnCall } from '../../../test/on-call';
import { renderAt } from '../../../test/render';
import { http, noContent, serveQuietAccount, server } from '../../../test/server';

const feed = (changes: Partial<CalendarFeed> = {}): CalendarFeed => ({
  id: 21,
  schedule_id: null,
  schedule_name: null,
  created_at: '2025-11-20T10:00:00.000Z',
  read_at: null,
  ...changes,
});

function serveFeeds(feeds: CalendarFeed[]) {
  serveQuietAccount([], 'viewer');
  serveOnCall([onCallSchedule()]);
  server.use(http.get('/me/calendars', () => HttpResponse.json({ items: feeds })));
}

it('creates a calendar, and shows its address once', async () => {
  const feeds: CalendarFeed[] = [];
  serveFeeds(feeds);
  let sent: unknown;
  server.use(
    http.post('/me/calendars', async ({ request }) => {
      sent = await request.json();
      const created = feed({ schedule_id: 7, schedule_name: 'Primary' });
      feeds.push(created);
      return HttpResponse.json({ feed: created, url: 'https://example.org/c/secret.ics' }, { status: 201 });
    }),
  );
  const { user } = renderAt('/on-call/calendars');
  await user.click(await screen.findByRole('button', { name: 'Add calendar' }));
  const dialog = within(await screen.findByRole('dialog'));
  await dialog.findByRole('option', { name: 'Primary' });
  await user.selectOptions(dialog.getByLabelText('Shows'), 'Primary');
  await user.click(dialog.getByRole('button', { name: 'Add calendar' }));
  expect(await screen.findByText('https://example.org/c/secret.ics')).toBeTruthy();
  expect(sent).toEqual({ schedule_id: 7 });
  // Whoever has not copied it is asked before it is gone.
  await user.keyboard('{Escape}');
  expect(await screen.findByRole('alertdialog', { name: 'Close without copying it?' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Keep open' }));
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  await user.click(screen.getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByText('https://example.org/c/secret.ics')).toBeNull());
  const list = await screen.findByRole('list', { name: 'Calendars' });
  expect(list.textContent).toContain('Primary');
  expect(list.textContent).toContain('never read');
});

it('deletes a calendar after a question', async () => {
  const feeds = [feed({ read_at: '2025-11-21T10:00:00.000Z' })];
  serveFeeds(feeds);
  server.use(
    http.delete('/me/calendars/{id}', () => {
      feeds.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/on-call/calendars');
  expect((await screen.findByRole('list', { name: 'Calendars' })).textContent).toContain('last read');
  await user.click(screen.getByRole('button', { name: 'Delete the calendar of My shifts' }));
  await user.click(screen.getByRole('button', { name: 'Delete calendar' }));
  expect(await screen.findByText('No calendars yet')).toBeTruthy();
});
