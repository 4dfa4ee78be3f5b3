import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Channel } from '@/api/models';
import { renderAt } from '../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../test/server';

const CHANNEL = channel();

function serveChannel() {
  serveQuietAccount();
  server.use(http.get('/channels', () => HttpResponse.json(page([CHANNEL]))));
}

it('sends a test notification, and shows why one failed', async () => {
  serveChannel();
  server.use(
    http.post('/channels/{id}/test', () => HttpResponse.json({ ok: false, error: 'Slack answered 404' }), {
      once: true,
    }),
    http.post('/channels/{id}/test', () => HttpResponse.json({ ok: true, error: null })),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Send test' }));
  expect(await screen.findByText('Test notification failed: Slack answered 404')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Send test' }));
  expect(await screen.findByText('Test notification sent')).toBeTruthy();
  expect(screen.queryByText(/Test notification failed/)).toBeNull();
});

it('keeps the secret when an edit leaves it blank', async () => {
  serveChannel();
  let sent: unknown;
  server.use(
    http.patch('/channels/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json({ ...CHANNEL, name: '#ops' });
    }),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit #operations' }));
  await user.clear(screen.getByLabelText('Name'));
  await user.type(screen.getByLabelText('Name'), '#ops');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('#ops saved')).toBeTruthy();
  expect(sent).toEqual({ name: '#ops' });
  // The toast appears before the dialog closes.
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('shows a server error for the webhook URL at its field', async () => {
  serveChannel();
  server.use(
    http.post('/channels', () =>
      problem(422, '1 field is not valid', [{ field: 'config.webhook_url', message: 'must be at Slack' }]),
    ),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Add channel' }));
  await user.click(screen.getByRole('button', { name: 'Slack' }));
  await user.type(screen.getByLabelText('Name'), 'x');
  await user.type(screen.getByLabelText('Incoming webhook URL'), 'https://example.org/');
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText('must be at Slack')).toBeTruthy();
});

it('shows why a channel could not be disabled, and switches back', async () => {
  serveChannel();
  server.use(http.patch('/channels/{id}', () => problem(403, 'this needs the role editor')));
  const { user } = renderAt('/notifications');
  const toggle = await screen.findByRole('switch', { name: '#operations enabled' });
  await user.click(toggle);
  expect(await screen.findByText('Could not update #operations')).toBeTruthy();
  expect(screen.getByText(/this needs the role editor/)).toBeTruthy();
  await waitFor(() => expect(toggle.getAttribute('aria-checked')).toBe('true'));
});

it('adds a webhook, and shows its generated secret once, to be copied', async () => {
  serveQuietAccount();
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const config = { url: 'https://example.org/hook', secret };
  let sent: unknown;
  server.use(
    http.get('/channels', () => HttpResponse.json(page([]))),
    http.post('/channels', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(channel({ id: 7, name: 'Tickets', kind: 'webhook', config }), { status: 201 });
    }),
  );
  const { user } = renderAt('/notifications');
  expect(await screen.findByRole('heading', { name: 'No channels yet' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  await user.click(screen.getByRole('button', { name: 'Webhook' }));
  await user.type(screen.getByLabelText('Name'), 'Tickets');
  await user.type(screen.getByLabelText('URL'), 'https://example.org/hook');
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText(secret)).toBeTruthy();
  expect(sent).toEqual({
    name: 'Tickets',
    kind: 'webhook',
    config: { url: 'https://example.org/hook' },
    enabled: true,
  });
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  expect(await navigator.clipboard.readText()).toBe(secret);
  await user.click(screen.getByRole('button', { name: 'Done' }));
  expect(screen.queryByText(secret)).toBeNull();
});

it('edits the recipients of an email channel, and shows that there is no mail server', async () => {
  serveQuietAccount();
  const onCall = channel({ id: 8, name: 'On call', kind: 'email', config: { to: ['a@b.org'] } });
  let sent: unknown;
  server.use(
    http.get('/channels', () => HttpResponse.json(page([onCall]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(onCall);
    }),
    http.post('/channels/{id}/test', () =>
      HttpResponse.json({ ok: false, error: 'there is no mail server (SMTP_URL)' }),
    ),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Send test' }));
  expect(await screen.findByText(/Test notification failed: there is no mail server/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Edit On call' }));
  const recipients = screen.getByLabelText('Recipients');
  expect(recipients).toHaveProperty('value', 'a@b.org');
  await user.type(recipients, '\nnobody');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('nobody is not a valid email address')).toBeTruthy();
  await user.type(recipients, '@example.org');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('On call saved')).toBeTruthy();
  expect(sent).toEqual({ name: 'On call', config: { to: ['a@b.org', 'nobody@example.org'] } });
});

it('rotates the signing secret, and removes the previous one', async () => {
  serveQuietAccount();
  const config = { url: 'https://a.example/', secret: '***', previous_secret: '***' };
  const hook = channel({ id: 9, name: 'Hook', kind: 'webhook', config });
  const sent: unknown[] = [];
  server.use(
    http.get('/channels', () => HttpResponse.json(page([hook]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(hook);
    }),
  );
  const { user } = renderAt('/notifications');
  for (const label of ['Rotate signing secret', 'Remove previous signing secret']) {
    await user.click(await screen.findByRole('button', { name: 'Edit Hook' }));
    await user.click(screen.getByLabelText(label));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  }
  expect(sent).toEqual([
    { name: 'Hook', config: { url: 'https://a.example/', secret: null } },
    { name: 'Hook', config: { url: 'https://a.example/', previous_secret: null } },
  ]);
});

it('asks for the signing secret again when the URL leads to another server', async () => {
  serveQuietAccount();
  const config = { url: 'https://a.example/hook', secret: '***', previous_secret: '***' };
  const hook = channel({ id: 9, name: 'Hook', kind: 'webhook', config });
  const sent: unknown[] = [];
  server.use(
    http.get('/channels', () => HttpResponse.json(page([hook]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(hook);
    }),
  );
  const { user } = renderAt('/notifications');
  for (const url of ['https://a.example/other', 'https://b.example/hook']) {
    await user.click(await screen.findByRole('button', { name: 'Edit Hook' }));
    await user.clear(screen.getByLabelText('URL'));
    await user.type(screen.getByLabelText('URL'), url);
    const isElsewhere = url.includes('b.example');
    expect(screen.queryByText(/does not get the current secret/) !== null).toBe(isElsewhere);
    expect(screen.queryByLabelText('Rotate signing secret') === null).toBe(isElsewhere);
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  }
  expect(sent).toEqual([
    { name: 'Hook', config: { url: 'https://a.example/other' } },
    { name: 'Hook', config: { url: 'https://b.example/hook', secret: null } },
  ]);
});

it('asks before going back loses what was filled in', async () => {
  serveQuietAccount();
  server.use(http.get('/channels', () => HttpResponse.json(page([]))));
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('link', { name: 'Alerting' }));
  await user.click(await screen.findByRole('button', { name: 'Add channel' }));
  await user.click(screen.getByRole('button', { name: 'Slack' }));
  await user.type(screen.getByLabelText('Name'), 'Ops');
  window.history.back();
  const question = within(await screen.findByRole('alertdialog', { name: 'Discard changes?' }));
  await user.click(question.getByRole('button', { name: 'Keep editing' }));
  expect(screen.getByLabelText('Name')).toHaveProperty('value', 'Ops');
  window.history.back();
  await user.click(await screen.findByRole('button', { name: 'Discard' }));
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
});

it('adds a Slack bot, and then shows the request URL of its button', async () => {
  serveQuietAccount();
  const channels: Channel[] = [];
  let sent: unknown;
  server.use(
    http.get('/channels', () => HttpResponse.json(page(channels))),
    http.post('/channels', async ({ request }) => {
      sent = await request.json();
      const config = { bot_token: '***', channel: 'C0123456789', signing_secret: '***' };
      const bot = channel({ id: 9, name: 'Bot', kind: 'slack_bot', config });
      channels.push(bot);
      return HttpResponse.json(bot);
    }),
  );
  const { user } = renderAt('/notifications');
  expect(await screen.findByRole('heading', { name: 'No channels yet' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  await user.click(screen.getByRole('button', { name: 'Slack bot' }));
  await user.type(screen.getByLabelText('Name'), 'Bot');
  await user.type(screen.getByLabelText('Bot token'), '1');
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText(/Must be a bot token/)).toBeTruthy();
  await user.clear(screen.getByLabelText('Bot token'));
  await user.type(screen.getByLabelText('Bot token'), 'xoxb-1');
  await user.type(screen.getByLabelText('Channel ID'), 'C0123456789');
  await user.type(screen.getByLabelText('Signing secret'), '8f74');
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText(/Slack bot · C0123456789/)).toBeTruthy();
  const config = { bot_token: 'xoxb-1', channel: 'C0123456789', signing_secret: '8f74' };
  expect(sent).toEqual({ name: 'Bot', kind: 'slack_bot', config, enabled: true });
  await user.click(screen.getByRole('button', { name: 'Edit Bot' }));
  expect(screen.getByText(/\/api\/slack\/interactions\/9$/)).toBeTruthy();
});

it('shows where Meta reports what became of messages of a WhatsApp channel', async () => {
  serveQuietAccount();
  const config = {
    access_token: '***',
    phone_number_id: '1',
    to_number: '+4915112345678',
    app_secret: '***',
  };
  const callback = { url: 'https://uptime.example/hooks/whatsapp/9/0a', verify_token: '0b' };
  const reporting = channel({ id: 9, name: 'Phone', kind: 'whatsapp', config, callback });
  server.use(http.get('/channels', () => HttpResponse.json(page([reporting]))));
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit Phone' }));
  expect(screen.getByText(callback.url)).toBeTruthy();
  expect(screen.getByText(callback.verify_token)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy the callback URL' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy the verify token' })).toBeTruthy();
});

it('sends the alert settings that were changed, and shows a server error for one', async () => {
  serveQuietAccount();
  const reminding = channel({ alerts: { ...CHANNEL.alerts, remind_every_seconds: 5_400 } });
  const sent: unknown[] = [];
  server.use(
    http.get('/channels', () => HttpResponse.json(page([reminding]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push(await request.json());
      return problem(422, '1 field is invalid', [
        { field: 'alerts.throttle_seconds', message: 'must be 0 to 86400' },
      ]);
    }),
  );
  const { user } = renderAt('/notifications');
  expect(await screen.findByText('Reminders every 1 h 30 min')).toBeTruthy();
  await user.click(await screen.findByRole('button', { name: 'Edit #operations' }));
  expect(screen.getByLabelText('Reminders')).toHaveProperty('value', '5400');
  await user.click(screen.getByLabelText('Degraded alerts'));
  await user.selectOptions(screen.getByLabelText('Cooldown'), '15 min');
  await user.selectOptions(screen.getByLabelText('Reminders'), 'Off');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('must be 0 to 86400')).toBeTruthy();
  const alerts = { degraded: true, throttle_seconds: 900, remind_every_seconds: null };
  expect(sent).toEqual([{ name: '#operations', alerts }]);
});

it('shows a channel that cannot be read, and asks for its configuration as a whole', async () => {
  serveQuietAccount();
  const spoilt = channel({ config: null, error: 'the configuration cannot be read' });
  const unknown = { ...spoilt, id: 6, name: 'Loft', kind: null };
  let sent: unknown;
  server.use(
    http.get('/channels', ({ response }) => response(200).json(page([spoilt, unknown]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(CHANNEL);
    }),
  );
  const { user } = renderAt('/notifications');
  expect(await screen.findAllByText('the configuration cannot be read')).toHaveLength(2);
  expect(screen.queryByRole('button', { name: 'Test' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Edit Loft' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Delete Loft' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Edit #operations' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Required')).toBeTruthy();
  await user.type(screen.getByLabelText('Incoming webhook URL'), 'https://hooks.slack.com/x');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('#operations saved')).toBeTruthy();
  expect(sent).toEqual({ name: '#operations', config: { webhook_url: 'https://hooks.slack.com/x' } });
});
