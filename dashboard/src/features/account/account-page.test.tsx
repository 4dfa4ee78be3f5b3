import { focusManager } from '@tanstack/react-query';
import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { AccountEvent, SessionInfo } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, noContent, page, problem, serveQuietAccount, server, session } from '../../../test/server';

const LINUX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1';

const info = (id: string, current: boolean, agent: string | null): SessionInfo => ({
  id,
  current,
  created_at: '2025-11-20T10:00:00.000Z',
  last_used_at: '2025-11-20T10:00:00.000Z',
  expires_at: '2125-11-20T10:00:00.000Z',
  address: current ? '192.0.2.1' : null,
  user_agent: agent,
});

/** Serves an account with a verified address, or one that is not. */
function serveAccount(verified = true) {
  serveQuietAccount();
  const { user, org } = session('token');
  const account = { user: { ...user, email_verified: verified }, org };
  const sessions = [info('s-1', true, LINUX), info('s-2', false, PHONE)];
  server.use(
    http.get('/me', () => HttpResponse.json(account)),
    http.get('/me/sessions', () => HttpResponse.json({ items: sessions })),
    http.delete('/me/sessions/{id}', ({ params }) => {
      sessions.splice(
        sessions.findIndex(({ id }) => id === params.id),
        1,
      );
      return noContent();
    }),
  );
  return account;
}

it('changes the name, and shows it in the account menu', async () => {
  const account = serveAccount();
  server.use(
    http.patch('/me', async ({ request }) => {
      account.user.name = (await request.json()).name ?? '';
      return HttpResponse.json(account);
    }),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Change name' }));
  const name = screen.getByLabelText('Name');
  await user.clear(name);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Required')).toBeTruthy();
  await user.type(name, 'Ada King');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada King, Ada' })).toBeTruthy();
});

it('shows that the address is not verified, and sends the email again', async () => {
  serveAccount(false);
  server.use(
    http.post('/me/verification', () => problem(429, 'too many requests'), { once: true }),
    http.post('/me/verification', ({ response }) =>
      response.untyped(new HttpResponse(null, { status: 202 })),
    ),
  );
  const { user } = renderAt('/account');
  const send = await screen.findByRole('button', { name: 'Send verification email again' });
  await user.click(send);
  expect(await screen.findByText('Too many requests. Try again later.')).toBeTruthy();
  await user.click(send);
  expect(await screen.findByText('Verification email sent to ada@example.org')).toBeTruthy();
});

/** In a quarter of an hour, or that long ago. */
const pendingEmail = (minutes = 15) => ({
  email: 'king@example.org',
  expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
});

it('changes the address only by an email to the new one', async () => {
  const account = serveAccount();
  server.use(
    http.post(
      '/me/email',
      () => problem(422, '1 field is not valid', [{ field: 'current_password', message: 'is wrong' }]),
      { once: true },
    ),
    http.post('/me/email', ({ response }) => {
      account.user.pending_email = pendingEmail();
      return response.untyped(new HttpResponse(null, { status: 202 }));
    }),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Change email' }));
  await user.type(screen.getByLabelText('New email'), 'king@example.org');
  await user.type(screen.getByLabelText('Current password'), 'nope');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('is wrong')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(/An email was sent to king@example.org/)).toBeTruthy();
  expect(screen.getByText('ada@example.org')).toBeTruthy();
});

it('shows a change of the address that is under way after a reload, and cancels it', async () => {
  const account = serveAccount();
  account.user.pending_email = pendingEmail();
  server.use(
    http.delete('/me/email', () => problem(503, 'the database is not available'), { once: true }),
    http.delete('/me/email', () => {
      account.user.pending_email = null;
      return noContent();
    }),
  );
  const { user } = renderAt('/account');
  expect(await screen.findByText(/An email was sent to king@example.org/)).toBeTruthy();
  const cancel = screen.getByRole('button', { name: 'Cancel email change' });
  await user.click(cancel);
  expect(await screen.findByText('Could not cancel the email change')).toBeTruthy();
  await user.click(cancel);
  expect(await screen.findByText('Email change cancelled')).toBeTruthy();
  expect(screen.queryByText(/An email was sent to/)).toBeNull();
});

it('shows no change of the address that has expired', async () => {
  const account = serveAccount();
  Object.assign(account.user, { name: 'Ada King', pending_email: pendingEmail(-1) });
  renderAt('/account');
  // The account as it is now, and not as the session began.
  await screen.findByRole('button', { name: 'Account of Ada King, Ada' });
  expect(screen.queryByText(/An email was sent to/)).toBeNull();
});

it('shows an address that was changed in another tab, once this one is looked at again', async () => {
  const account = serveAccount();
  renderAt('/account');
  await screen.findByText('ada@example.org');
  account.user.email = 'king@example.org';
  focusManager.setFocused(false);
  focusManager.setFocused(true);
  expect(await screen.findByText('king@example.org')).toBeTruthy();
  focusManager.setFocused(undefined);
});

it('shows in the activity what was changed just now', async () => {
  serveAccount();
  const events: AccountEvent[] = [];
  server.use(
    http.get('/me/audit-log', () => HttpResponse.json(page(events))),
    http.post('/me/password', () => {
      events.push({
        id: 1,
        at: '2025-11-20T10:00:00.000Z',
        action: 'ChangePassword',
        details: null,
        address: null,
        user_agent: null,
        request_id: null,
      });
      return noContent();
    }),
  );
  const { user } = renderAt('/account');
  expect(await screen.findByText('Nothing has been recorded yet.')).toBeTruthy();
  await user.click(await screen.findByRole('button', { name: 'Change password' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Current password'), 'correct horse');
  await user.type(dialog.getByLabelText('New password'), 'another horse battery');
  await user.click(dialog.getByRole('button', { name: 'Change password' }));
  const activity = await screen.findByRole('list', { name: 'Activity' });
  expect(within(activity).getByText('Password changed')).toBeTruthy();
});

it('changes the address at once where no mail server is set', async () => {
  const account = serveAccount();
  server.use(
    http.post('/me/email', ({ response }) => {
      account.user.email = 'king@example.org';
      return response.untyped(new HttpResponse(null, { status: 202 }));
    }),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Change email' }));
  await user.type(screen.getByLabelText('New email'), 'King@example.org');
  await user.type(screen.getByLabelText('Current password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Email changed')).toBeTruthy();
  expect(await screen.findByText('king@example.org')).toBeTruthy();
  expect(screen.queryByText(/An email was sent to/)).toBeNull();
});

it('changes the password, with errors at their fields', async () => {
  serveAccount();
  server.use(
    http.post(
      '/me/password',
      () => problem(422, '1 field is not valid', [{ field: 'password', message: 'is easily guessed' }]),
      { once: true },
    ),
    http.post('/me/password', () => problem(503, 'the count of attempts is not available'), { once: true }),
    http.post('/me/password', noContent),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Change password' }));
  const dialog = within(screen.getByRole('dialog'));
  // Not the hidden name, which is there for password managers.
  expect(document.activeElement).toBe(dialog.getByLabelText('Current password'));
  const submit = dialog.getByRole('button', { name: 'Change password' });
  await user.type(dialog.getByLabelText('Current password'), 'correct horse');
  await user.type(dialog.getByLabelText('New password'), 'short');
  await user.click(submit);
  expect(await dialog.findByText('Must be at least 10 characters')).toBeTruthy();
  await user.type(dialog.getByLabelText('New password'), ' but longer');
  await user.click(submit);
  expect(await dialog.findByText('is easily guessed')).toBeTruthy();
  expect(dialog.getByLabelText('New password').getAttribute('aria-invalid')).toBe('true');
  await user.click(submit);
  expect((await dialog.findByRole('alert')).textContent).toContain('not available');
  await user.click(submit);
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('lists sessions, and ends one of them', async () => {
  serveAccount();
  const { user } = renderAt('/account');
  const list = await screen.findByRole('list', { name: 'Sessions' });
  expect(within(list).getByText('Firefox on Linux').textContent).toContain('This session');
  expect(within(list).getByText('Safari on iPhone')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Log out Safari on iPhone' }));
  await waitFor(() => expect(screen.queryByText('Safari on iPhone')).toBeNull());
});

it('ends all sessions after confirmation, this one too, in all tabs', async () => {
  serveAccount();
  server.use(http.delete('/me/sessions', noContent));
  const tab = new BroadcastChannel('uptime-session');
  const heard: unknown[] = [];
  tab.onmessage = ({ data }) => heard.push(data);
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Log out everywhere' }));
  const dialog = within(await screen.findByRole('alertdialog'));
  await user.click(dialog.getByRole('button', { name: 'Log out everywhere' }));
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
  await waitFor(() => expect(heard).toEqual([{ user: null, org: null }]));
  tab.close();
});

it('unlinks a login with the password, and says what came of linking one', async () => {
  serveAccount();
  const login = {
    id: 7,
    provider: 'sso',
    provider_name: 'Our SSO',
    email: 'ada@example.org',
    created_at: '2025-11-20T10:00:00.000Z',
    last_used_at: null,
  };
  let sent: unknown;
  server.use(
    http.get('/auth/providers', () => HttpResponse.json({ items: [{ id: 'sso', name: 'Our SSO' }] })),
    http.get('/me/identities', () => HttpResponse.json({ items: sent ? [] : [login], has_password: true })),
    http.post('/me/identities/{id}/unlink', async ({ request }) => {
      sent = await request.json();
      return noContent();
    }),
  );
  const { user } = renderAt('/account?linked=sso');
  expect(await screen.findByText('Your Our SSO login is linked.')).toBeTruthy();
  // A reload, or a login that comes back here, does not say it again.
  await waitFor(() => expect(window.location.search).toBe(''));
  await user.click(await screen.findByRole('button', { name: 'Unlink Our SSO' }));
  expect(screen.getByText(/no longer be able to log in with ada@example.org at Our SSO/)).toBeTruthy();
  await user.type(await screen.findByLabelText('Current password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Unlink' }));
  expect(await screen.findByText('No logins are linked yet.')).toBeTruthy();
  expect(sent).toEqual({ current_password: 'correct horse' });
  expect(screen.queryByText('Your Our SSO login is linked.')).toBeNull();
});

it('shows that an account has no password, and leads to an email that sets one', async () => {
  serveAccount();
  server.use(http.get('/me/identities', () => HttpResponse.json({ items: [], has_password: false })));
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Set a password' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Set a password' }));
  expect(dialog.getByRole('link', { name: 'Set a password' }).getAttribute('href')).toBe('/forgot-password');
  expect(screen.getByText('Not set')).toBeTruthy();
  expect(screen.queryByText('••••••••••')).toBeNull();
  await user.click(dialog.getByRole('link', { name: 'Set a password' }));
  await screen.findByRole('heading', { name: 'Reset password' });
  expect(screen.getByLabelText('Email')).toHaveProperty('value', 'ada@example.org');
  expect(screen.getByRole('link', { name: 'Back to your account' })).toBeTruthy();
});
