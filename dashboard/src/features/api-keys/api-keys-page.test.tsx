import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { ApiKey, ApiKeyInput } from '@/api/models';
import { renderAt } from '../../../test/render';
import { apiKey, http, noContent, page, problem, serveQuietAccount, server } from '../../../test/server';

function serveKeys(keys: ApiKey[]) {
  serveQuietAccount();
  server.use(http.get('/api-keys', () => HttpResponse.json(page(keys))));
}

it('lists keys with what they may do, from where, and until when', async () => {
  serveKeys([
    apiKey({ networks: ['192.0.2.0/24'], created_by: 'Grace' }),
    apiKey({
      id: 10,
      name: 'Old',
      expires_at: '2025-11-21T10:00:00.000Z',
      last_used_at: '2025-11-20T10:00:00.000Z',
    }),
  ]);
  renderAt('/api-keys');
  const list = await screen.findByRole('list', { name: 'API keys' });
  const [first, second] = within(list).getAllByRole('listitem');
  for (const text of [
    'Deployment',
    'Editor',
    'up_live_4f2a…',
    'never used',
    'does not expire',
    'from 192.0.2.0/24',
    'Created by Grace',
  ]) {
    expect(first?.textContent).toContain(text);
  }
  expect(second?.textContent).toContain('Expired 21 Nov 2025');
  expect(second?.textContent).toContain('from anywhere');
});

it('creates a key, shows it once, and has examples of this server', async () => {
  serveKeys([]);
  let sent: ApiKeyInput | undefined;
  server.use(
    http.post(
      '/api-keys',
      () => problem(422, '1 field is not valid', [{ field: 'networks', message: '"x" is no network' }]),
      { once: true },
    ),
    http.post('/api-keys', async ({ request, response }) => {
      sent = await request.json();
      return response(201).json({ key: 'up_live_SECRET', api_key: apiKey() });
    }),
  );
  const { user } = renderAt('/api-keys');
  await user.click((await screen.findAllByRole('button', { name: 'Create API key' }))[0] as HTMLElement);
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Name'), 'CI');
  const roles = within(dialog.getByLabelText('Role')).getAllByRole('option');
  expect(roles.map(({ textContent }) => textContent)).toEqual(['Viewer', 'Responder', 'Editor', 'Admin']);
  await user.selectOptions(dialog.getByLabelText('Role'), 'editor');
  await user.selectOptions(dialog.getByLabelText('Expires'), 'never');
  await user.type(dialog.getByLabelText(/^Allowed networks/), '192.0.2.0/24\n 2001:db8::/32');
  await user.click(dialog.getByRole('button', { name: 'Create API key' }));
  expect(await dialog.findByText('"x" is no network')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Create API key' }));
  const shown = within(await screen.findByRole('dialog', { name: 'API key created' }));
  expect(shown.getByText('up_live_SECRET')).toBeTruthy();
  expect(sent).toEqual({
    name: 'CI',
    role: 'editor',
    only_tags: null,
    expires_at: null,
    networks: ['192.0.2.0/24', '2001:db8::/32'],
  });
  expect(shown.getByText(/^curl.*Bearer up_live_SECRET/).textContent).toContain(
    'http://localhost:3000/api/v1',
  );
  // Nothing loses it by accident.
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'Keep open' }));
  await user.click(shown.getByRole('button', { name: 'GitHub Actions' }));
  expect(shown.getByText(/secrets.UPTIME_API_KEY/).textContent).not.toContain('up_live_SECRET');
  await user.click(shown.getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByText('up_live_SECRET')).toBeNull());
});

it('revokes a key after confirmation, and shows why it could not', async () => {
  const keys = [apiKey()];
  serveKeys(keys);
  server.use(
    http.delete('/api-keys/{id}', () => problem(503, 'the database is not available'), { once: true }),
    http.delete('/api-keys/{id}', () => {
      keys.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/api-keys');
  await user.click(await screen.findByRole('button', { name: 'Revoke Deployment' }));
  await user.click(await screen.findByRole('button', { name: 'Revoke key' }));
  expect((await screen.findByRole('alert')).textContent).toContain('not available');
  await user.click(screen.getByRole('button', { name: 'Revoke key' }));
  expect(await screen.findByText('No API keys yet')).toBeTruthy();
});

it('says to those who may not see them who may, and asks the server for nothing', async () => {
  serveQuietAccount([], 'editor');
  renderAt('/api-keys');
  expect(await screen.findByText(/^Admins and owners can see and change API keys/)).toBeTruthy();
  expect(screen.getByText(/You are an editor in Ada/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Create API key' })).toBeNull();
});
