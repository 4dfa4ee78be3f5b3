import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Channel, ChannelInput } from '@/api/models';
import { renderAt } from '../../../test/render';
import { channel, http, noContent, page, problem, serveQuietAccount, server } from '../../../test/server';

function serveOwn(channels: Channel[]) {
  serveQuietAccount([], 'viewer');
  server.use(http.get('/me/channels', () => HttpResponse.json(page(channels))));
}

const email = (changes: Partial<Channel> = {}) =>
  channel({ id: 60, name: 'Email', kind: 'email', config: { to: ['ADA@example.org'] }, ...changes });

it('says that nobody can page whoever has none, and adds the address of the account with one click', async () => {
  const channels: Channel[] = [];
  serveOwn(channels);
  let sent: unknown;
  server.use(
    http.post('/me/channels', () => problem(503, 'not available'), { once: true }),
    http.post('/me/channels', async ({ request }) => {
      sent = await request.json();
      channels.push(email());
      return HttpResponse.json(email(), { status: 201 });
    }),
  );
  const { user } = renderAt('/account/channels');
  expect(await screen.findByRole('heading', { name: 'Nobody can page you' })).toBeTruthy();
  expect(await screen.findByRole('button', { name: 'Turn on quiet hours' })).toBeTruthy();
  const add = screen.getByRole('button', { name: 'Use my account’s email address' });
  await user.click(add);
  expect(await screen.findByText('Could not add your email address')).toBeTruthy();
  await user.click(add);
  const list = within(await screen.findByRole('list', { name: 'My channels' }));
  expect(list.getByText('Email · ADA@example.org')).toBeTruthy();
  expect(sent).toEqual({ kind: 'email', name: 'Email', config: { to: ['ada@example.org'] }, enabled: true });
  expect(screen.queryByRole('button', { name: /email address/ })).toBeNull();
});

it('adds a channel of a type that a person can have', async () => {
  serveOwn([]);
  let sent: ChannelInput | undefined;
  server.use(
    http.post('/me/channels', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(channel({ kind: 'ntfy', name: 'Phone' }), { status: 201 });
    }),
  );
  const { user } = renderAt('/account/channels');
  await user.click(await screen.findByRole('button', { name: 'Add channel' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add channel' }));
  expect(dialog.getByRole('button', { name: 'Slack' })).toBeTruthy();
  for (const name of ['PagerDuty', 'Jira Service Management', 'Slack bot']) {
    expect(dialog.queryByRole('button', { name })).toBeNull();
  }
  await user.click(dialog.getByRole('button', { name: 'ntfy' }));
  await user.type(dialog.getByLabelText('Name'), 'Phone');
  await user.type(dialog.getByLabelText('Topic'), 'ada-on-call');
  await user.click(dialog.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText('Phone saved')).toBeTruthy();
  expect(sent).toMatchObject({
    kind: 'ntfy',
    name: 'Phone',
    config: { topic: 'ada-on-call' },
    enabled: true,
  });
});

it('tests, disables and deletes a channel as a viewer too', async () => {
  const channels = [email()];
  serveOwn(channels);
  server.use(
    http.post('/me/channels/{id}/test', () => HttpResponse.json({ ok: true, error: null })),
    http.patch('/me/channels/{id}', async ({ request }) => {
      expect(await request.json()).toEqual({ enabled: false });
      channels[0] = email({ enabled: false });
      return HttpResponse.json(email({ enabled: false }));
    }),
    http.delete('/me/channels/{id}', () => {
      channels.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/account/channels');
  await user.click(await screen.findByRole('button', { name: 'Send test' }));
  expect(await screen.findByText('Test notification sent')).toBeTruthy();
  await user.click(screen.getByRole('switch', { name: 'Email enabled' }));
  expect(await screen.findByText('All your channels are disabled, so nobody can page you.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Delete Email' }));
  await user.click(screen.getByRole('button', { name: 'Delete channel' }));
  expect(await screen.findByText('Nobody can page you')).toBeTruthy();
});

it('offers no more than there can be', async () => {
  serveOwn(Array.from({ length: 10 }, (_, index) => email({ id: index + 1, name: `Email ${index}` })));
  renderAt('/account/channels');
  expect(await screen.findByText('You can have up to 10 channels of your own.')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Add channel' })).toBeNull());
});
