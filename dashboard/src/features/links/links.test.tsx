import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { afterEach, expect, it } from 'vitest';
import type { InvitedTo, Registration } from '@/api/models';
import { linkTokens } from '@/lib/link-token';
import { renderAt } from '../../../test/render';
import { http, noContent, problem, serveQuietAccount, server, session } from '../../../test/server';

// As in another tab.
afterEach(() => {
  linkTokens.forget('/invitation');
  sessionStorage.clear();
});

const INVITED: InvitedTo = {
  organisation: 'Acme',
  invited_by: 'Grace',
  email: 'ada@example.org',
  role: 'editor',
  only_tags: null,
  expires_at: '2125-11-20T10:00:00.000Z',
};

const acme = {
  id: 7,
  name: 'Acme',
  role: 'editor' as const,
  only_tags: null,
  require_second_factor: false,
  version: 1,
};
const inAcme = () => ({ ...session('acme'), org: acme });

function serveInvitation(changes: Partial<InvitedTo> = {}, isLoggedIn = true): string[] {
  const asked: string[] = [];
  serveQuietAccount();
  if (!isLoggedIn) server.use(http.post('/auth/refresh', () => problem(401, 'no session')));
  server.use(
    http.post('/invitations/look-up', async ({ request }) => {
      asked.push((await request.json()).token);
      return HttpResponse.json({ ...INVITED, ...changes });
    }),
  );
  return asked;
}

it('accepts an invitation when the button is clicked, with the token out of the address bar', async () => {
  const asked = serveInvitation();
  let accepted = 0;
  server.use(
    http.post('/invitations/accept', () => {
      accepted++;
      return HttpResponse.json(acme);
    }),
    http.post('/auth/switch', () => HttpResponse.json(inAcme())),
  );
  const { user } = renderAt('/invitation#SECRET');
  const join = await screen.findByRole('button', { name: 'Join Acme' });
  expect(screen.getByText(/^Grace invites you to Acme on Uptime Monitor as an editor/)).toBeTruthy();
  expect(window.location.href).toBe('http://localhost:3000/invitation');
  expect(asked).toEqual(['SECRET']);
  expect(accepted).toBe(0);
  await user.click(join);
  expect(await screen.findByRole('button', { name: 'Account of Ada, Acme' })).toBeTruthy();
  expect(accepted).toBe(1);
});

it('says that another account is logged in, and goes on after a logout', async () => {
  serveInvitation({ email: 'bo@example.org' });
  server.use(http.post('/auth/logout', noContent));
  const { user } = renderAt('/invitation#SECRET');
  expect(
    await screen.findByText(/for bo@example.org, and you are logged in as ada@example.org/),
  ).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Join Acme' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Log out' }));
  expect(await screen.findByRole('button', { name: 'Create account and join' })).toBeTruthy();
});

it('creates an account of the invited address, with errors at their fields', async () => {
  serveInvitation({}, false);
  let sent: Registration | undefined;
  server.use(
    http.post(
      '/auth/register',
      () => problem(422, '1 field is not valid', [{ field: 'password', message: 'is easily guessed' }]),
      { once: true },
    ),
    http.post('/auth/register', async ({ request, response }) => {
      sent = await request.json();
      return response(201).json(inAcme());
    }),
  );
  const { user } = renderAt('/invitation#SECRET');
  await user.type(await screen.findByLabelText('Name'), 'Ada');
  await user.type(screen.getByLabelText('Password'), 'plum quartz vivid');
  expect((screen.getByLabelText('Email') as HTMLInputElement).disabled).toBe(true);
  await user.click(screen.getByRole('button', { name: 'Create account and join' }));
  expect(await screen.findByText('is easily guessed')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Create account and join' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Acme' })).toBeTruthy();
  expect(sent).toEqual({
    email: 'ada@example.org',
    name: 'Ada',
    password: 'plum quartz vivid',
    invitation: 'SECRET',
  });
});

it('accepts the invitation with the login, also for somebody in no organisation', async () => {
  serveInvitation({ only_tags: ['payments'] }, false);
  const sent: unknown[] = [];
  server.use(
    http.post('/auth/login', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(inAcme());
    }),
  );
  const { user } = renderAt('/invitation#SECRET');
  expect(await screen.findByText(/as an editor of payments/)).toBeTruthy();
  await user.click(await screen.findByRole('link', { name: 'Log in' }));
  // The invitation has such a field too.
  await screen.findByRole('heading', { name: 'Log in' });
  await user.type(screen.getByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  expect(screen.getByText('Log in to accept your invitation.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Acme' })).toBeTruthy();
  expect(window.location.pathname).toBe('/');
  expect(sent).toEqual([{ email: 'ada@example.org', password: 'correct horse', invitation: 'SECRET' }]);
  expect(linkTokens.get('/invitation')).toBeNull();
});

const AWAY = 'link-token:/invitation';

/** Offers a provider; answers the invitations with which somebody has left for it. */
function serveProvider(): string[] {
  const left: string[] = [];
  server.use(
    http.get('/auth/providers', () => HttpResponse.json({ items: [{ id: 'sso', name: 'Our SSO' }] })),
    http.post('/auth/providers/{provider}/start', async ({ request }) => {
      left.push((await request.json()).invitation ?? '');
      return HttpResponse.json({ location: 'https://sso.example/authorize' });
    }),
  );
  return left;
}

it.each([
  ['the invitation', false],
  ['the login page', true],
])('takes the invitation along to a provider from %s', async (_, fromLogin) => {
  serveInvitation({}, false);
  const left = serveProvider();
  const { user } = renderAt('/invitation#SECRET');
  if (fromLogin) {
    await user.click(await screen.findByRole('link', { name: 'Log in' }));
    await screen.findByRole('heading', { name: 'Log in' });
  }
  await user.click(await screen.findByRole('button', { name: 'Continue with Our SSO' }));
  // Just before the browser leaves, which that of the tests does not do.
  await waitFor(() => expect(sessionStorage.getItem(AWAY)).toBe('SECRET'));
  expect(left).toEqual(['SECRET']);
});

it('says that the provider cannot be gone to with the invitation', async () => {
  serveInvitation({}, false);
  serveProvider();
  server.use(http.post('/auth/providers/{provider}/start', () => problem(503, 'Our SSO is not available')));
  const { user } = renderAt('/invitation#SECRET');
  await user.click(await screen.findByRole('button', { name: 'Continue with Our SSO' }));
  expect(await screen.findByText('Could not continue with Our SSO')).toBeTruthy();
  expect(sessionStorage.length).toBe(0);
});

it('says why a login with a provider has not accepted the invitation, which is still there', async () => {
  serveInvitation({}, false);
  serveProvider();
  sessionStorage.setItem(AWAY, 'SECRET');
  renderAt('/invitation?error=another_address&provider=sso');
  expect(await screen.findByRole('button', { name: 'Continue with Our SSO' })).toBeTruthy();
  expect(screen.getByRole('alert').textContent).toBe(
    'The invitation is for another email address than that of your Our SSO login.',
  );
  expect(screen.getByRole('button', { name: 'Create account and join' })).toBeTruthy();
  expect(sessionStorage.length).toBe(0);
});

it('sends the invitation with the code that is needed after a login with a provider', async () => {
  serveInvitation({}, false);
  sessionStorage.setItem(AWAY, 'SECRET');
  let sent: unknown;
  server.use(
    http.post('/auth/login/second-factor', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(inAcme());
    }),
  );
  const { user } = renderAt('/login?next=%2Finvitation#challenge-1');
  await user.type(await screen.findByLabelText('Code'), '123456');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Acme' })).toBeTruthy();
  expect(window.location.pathname).toBe('/');
  expect(sent).toEqual({ challenge: 'challenge-1', code: '123456', invitation: 'SECRET' });
});

it('keeps no invitation in the tab once it was accepted by a login with a provider', async () => {
  serveInvitation();
  sessionStorage.setItem(AWAY, 'SECRET');
  renderAt('/');
  await screen.findByRole('heading', { name: 'Monitors' });
  expect(sessionStorage.length).toBe(0);
});

it('opens the organisation later when that failed after the invitation was accepted', async () => {
  serveInvitation();
  let accepted = 0;
  server.use(
    http.post('/invitations/accept', () => {
      accepted++;
      return accepted > 1 ? problem(404, 'there is no such invitation') : HttpResponse.json(acme);
    }),
    http.post('/auth/switch', () => problem(503, 'the database is away'), { once: true }),
    http.post('/auth/switch', () => HttpResponse.json(inAcme())),
  );
  const { user } = renderAt('/invitation#SECRET');
  await user.click(await screen.findByRole('button', { name: 'Join Acme' }));
  expect(await screen.findByText(/^You joined Acme. It could not be opened yet/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Open Acme' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Acme' })).toBeTruthy();
  expect(accepted).toBe(1);
});

it('explains an invitation that is not valid any more, and one without a token', async () => {
  serveInvitation();
  server.use(
    http.post('/invitations/look-up', () =>
      problem(422, '1 field is invalid', [{ field: 'token', message: 'is not valid (any more)' }]),
    ),
  );
  const view = renderAt('/invitation#OLD');
  expect(await screen.findByRole('heading', { name: 'This link does not work' })).toBeTruthy();
  view.unmount();
});

it('verifies an address when the button is clicked, and not before', async () => {
  serveQuietAccount();
  const posted: string[] = [];
  server.use(
    http.post('/auth/verify-email', async ({ request }) => {
      posted.push((await request.json()).token ?? '');
      return noContent();
    }),
    http.get('/me', () => HttpResponse.json(session('token'))),
  );
  const { user } = renderAt('/verify-email#SECRET');
  const button = await screen.findByRole('button', { name: 'Verify email' });
  expect(posted).toEqual([]);
  expect(window.location.hash).toBe('');
  await user.click(button);
  expect(await screen.findByRole('heading', { name: 'Email verified' })).toBeTruthy();
  expect(posted).toEqual(['SECRET']);
});

it('keeps a link that failed for another reason than its token', async () => {
  serveQuietAccount();
  server.use(
    http.post('/auth/verify-email', () => problem(503, 'the database is not available'), { once: true }),
    http.post('/auth/verify-email', () => problem(404, 'there is no such link')),
  );
  const { user } = renderAt('/verify-email#SECRET');
  await user.click(await screen.findByRole('button', { name: 'Verify email' }));
  expect((await screen.findByRole('alert')).textContent).toContain('not available');
  await user.click(screen.getByRole('button', { name: 'Verify email' }));
  expect(await screen.findByRole('heading', { name: 'This link does not work' })).toBeTruthy();
});

it('sends a link for a new password from the login page, whoever asks', async () => {
  serveQuietAccount();
  server.use(
    http.post('/auth/refresh', () => problem(401, 'no session')),
    http.post('/auth/request-password-reset', () => problem(429, 'too many requests'), { once: true }),
    http.post('/auth/request-password-reset', ({ response }) =>
      response.untyped(new HttpResponse(null, { status: 202 })),
    ),
  );
  const { user } = renderAt('/login');
  await user.click(await screen.findByRole('link', { name: 'Forgot your password?' }));
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.click(screen.getByRole('button', { name: 'Send link' }));
  expect((await screen.findByRole('alert')).textContent).toContain('Too many requests');
  await user.click(screen.getByRole('button', { name: 'Send link' }));
  expect(await screen.findByText(/^If there is an account for ada@example.org/)).toBeTruthy();
});

it('sets a new password, and ends the session that this browser had', async () => {
  serveQuietAccount();
  server.use(
    http.post(
      '/auth/reset-password',
      () => problem(422, '1 field is not valid', [{ field: 'password', message: 'is easily guessed' }]),
      { once: true },
    ),
    http.post('/auth/reset-password', noContent),
  );
  const { user } = renderAt('/reset-password#SECRET');
  await user.type(await screen.findByLabelText('New password'), 'plum quartz vivid');
  expect(window.location.hash).toBe('');
  await user.click(screen.getByRole('button', { name: 'Set password' }));
  expect(await screen.findByText('is easily guessed')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Set password' }));
  expect(await screen.findByRole('heading', { name: 'Password changed' })).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Go to login' }));
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
});

it('offers a new link where one for a password is used up', async () => {
  serveQuietAccount();
  server.use(http.post('/auth/reset-password', () => problem(404, 'there is no such link')));
  const { user } = renderAt('/reset-password#OLD');
  await user.type(await screen.findByLabelText('New password'), 'plum quartz vivid');
  await user.click(screen.getByRole('button', { name: 'Set password' }));
  await waitFor(() => expect(screen.getByRole('link', { name: 'Request a new link' })).toBeTruthy());
});
