import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { MaintenanceWindow } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server } from '../../../test/server';
import { difference, version } from '../../../test/versions';

const WINDOW: MaintenanceWindow = {
  id: 5,
  name: 'Move',
  monitors: [42],
  tags: [],
  repeat: 'once',
  from: '2099-12-01T22:00:00Z',
  until: '2099-12-02T04:00:00Z',
  version: 2,
  created_at: '2025-11-20T10:00:00Z',
  updated_at: '2025-11-20T13:00:00Z',
};

const CURRENT = version({ version: 2, until: null, changes: ['name', 'monitors'] });
const FIRST = version({ version: 1, changes: [] });

/** Of a window with two versions; returns what was sent to restore the first one. */
function serveWindow() {
  serveQuietAccount([monitor()]);
  const sent: (string | null)[] = [];
  server.use(
    http.get('/maintenance-windows/{id}', () => HttpResponse.json(WINDOW)),
    http.get('/maintenance-windows/{id}/versions', () => HttpResponse.json(page([CURRENT, FIRST]))),
    http.get('/maintenance-windows/{id}/versions/{version}', () =>
      HttpResponse.json({
        ...FIRST,
        definition: { name: 'Moving', monitors: [], repeat: 'once' },
        differences: [difference({ field: 'name', before: 'Move', after: 'Moving' })],
      }),
    ),
    http.post('/maintenance-windows/{id}/versions/{version}/restore', ({ request }) => {
      sent.push(request.headers.get('If-Match'));
      return problem(422, '1 field is not valid', [{ field: 'tags', message: 'there is no tag "eu"' }]);
    }),
  );
  return sent;
}

it('lists what a window was, by the words of its form', async () => {
  serveWindow();
  renderAt('/history/maintenance-windows/5');
  const list = await screen.findByRole('list', { name: 'Versions' });
  const [current, first] = within(list).getAllByRole('listitem');
  expect(current?.textContent).toContain('Changed: Name, Monitors');
  expect(within(first as HTMLElement).getByRole('link', { name: 'Version 1' })).toHaveProperty(
    'pathname',
    '/history/maintenance-windows/5/1',
  );
  expect(await screen.findByText('Move')).toBeTruthy();
});

it('shows what the server has against restoring it', async () => {
  const sent = serveWindow();
  const { user } = renderAt('/history/maintenance-windows/5/1');
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Restore version 1?' }));
  expect(await dialog.findByText(/Cancelled occurrences stay cancelled/)).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Restore' }));
  expect((await dialog.findByRole('alert')).textContent).toContain('Tags: there is no tag "eu"');
  expect(sent).toEqual(['"2"']);
});

it('knows no history of anything else', async () => {
  serveQuietAccount([monitor()]);
  renderAt('/history/teams/5');
  expect(await screen.findByText('Page not found')).toBeTruthy();
});
