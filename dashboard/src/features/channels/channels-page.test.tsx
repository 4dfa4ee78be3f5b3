import { screen } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { api, page, problem, serveQuietAccount, server } from '../../../test/server';

const CHANNEL = {
  id: 5,
  name: '#operations',
  kind: 'slack',
  config: { webhook_url: 'https://hooks.slack.com/…' },
  enabled: true,
};

function serveChannel() {
  serveQuietAccount();
  server.use(http.get(api('/channels'), () => HttpResponse.json(page([CHANNEL]))));
}

it('shows that a test message was delivered, and why one was not', async () => {
  serveChannel();
  server.use(
    http.post(api('/channels/5/test'), () => HttpResponse.json({ ok: false, error: 'Slack answered 404' }), {
      once: true,
    }),
    http.post(api('/channels/5/test'), () => HttpResponse.json({ ok: true })),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Test' }));
  expect(await screen.findByText(/was not delivered: Slack answered 404/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Test' }));
  expect(await screen.findByText('Slack took the test message.')).toBeTruthy();
  expect(screen.queryByText(/was not delivered/)).toBeNull();
});

it('keeps the secret when an edit leaves it blank', async () => {
  serveChannel();
  let sent: unknown;
  server.use(
    http.patch(api('/channels/5'), async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json({ ...CHANNEL, name: '#ops' });
    }),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit #operations' }));
  await user.clear(screen.getByLabelText('Name'));
  await user.type(screen.getByLabelText('Name'), '#ops');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('#ops was saved')).toBeTruthy();
  expect(sent).toEqual({ name: '#ops' });
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('shows what the server has against a webhook URL at its field', async () => {
  serveChannel();
  server.use(
    http.post(api('/channels'), () =>
      problem(422, '1 field is not valid', [{ field: 'config.webhook_url', message: 'must be at Slack' }]),
    ),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Add channel' }));
  await user.type(screen.getByLabelText('Name'), 'x');
  await user.type(screen.getByLabelText('Incoming webhook URL'), 'https://example.org/');
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText('must be at Slack')).toBeTruthy();
});

it('says that a switch did not work, and switches back', async () => {
  serveChannel();
  server.use(http.patch(api('/channels/5'), () => problem(403, 'this needs the role editor')));
  const { user } = renderAt('/notifications');
  const toggle = await screen.findByRole('switch', { name: '#operations enabled' });
  await user.click(toggle);
  expect(await screen.findByText('#operations could not be changed')).toBeTruthy();
  expect(screen.getByText(/this needs the role editor/)).toBeTruthy();
  expect(toggle.getAttribute('aria-checked')).toBe('true');
});
