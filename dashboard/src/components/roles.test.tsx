import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Role } from '@/api/models';
import { renderAt } from '../../test/render';
import { channel, http, monitor, page, serveQuietAccount, server } from '../../test/server';

const ROLES: [Role, boolean, boolean][] = [
  ['viewer', false, false],
  ['responder', false, false],
  ['editor', true, false],
  ['admin', true, true],
];

it.each(ROLES)('%s: adds monitors %s', async (role, allowed) => {
  serveQuietAccount([monitor()], role);
  renderAt('/');
  await screen.findByText('Example');
  expect(screen.queryByRole('link', { name: 'Add monitor' }) !== null).toBe(allowed);
});

it.each(ROLES)('%s: monitors %s, channels %s', async (role, _, allowed) => {
  serveQuietAccount([], role);
  server.use(http.get('/channels', () => HttpResponse.json(page([channel()]))));
  renderAt('/notifications');
  await screen.findByText('#operations');
  expect(screen.queryByRole('button', { name: 'Add channel' }) !== null).toBe(allowed);
  expect(screen.queryByRole('button', { name: 'Edit #operations' }) !== null).toBe(allowed);
  const note = screen.queryByText('Admins and owners can add and change channels.');
  expect(note !== null).toBe(!allowed);
});

it.each<[Role, boolean]>([
  ['viewer', false],
  ['responder', true],
])('%s: acknowledges incidents %s', async (role, allowed) => {
  serveQuietAccount([], role);
  const incident = {
    id: '5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11',
    monitor_id: 42,
    monitor_name: 'Example',
    started_at: '2025-11-20T10:00:00.000Z',
    resolved_at: null,
    duration_seconds: 0,
    close_reason: null,
    error_code: null,
    first_error: 'Connection refused',
    last_error: 'Connection refused',
    acknowledged: null,
  };
  server.use(http.get('/incidents', () => HttpResponse.json(page([incident]))));
  renderAt('/incidents');
  await screen.findAllByText('Example');
  expect(screen.queryAllByRole('button', { name: 'Acknowledge' }).length > 0).toBe(allowed);
});

it('does not show the form of a monitor to those who could not save it', async () => {
  serveQuietAccount([], 'responder');
  renderAt('/monitors/new');
  expect(await screen.findByText(/^Editors, admins and owners can change monitors/)).toBeTruthy();
  expect(screen.queryByLabelText('URL')).toBeNull();
});
