import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../test/render';
import { http, problem, serveQuietAccount, server, session } from '../../test/server';

function serveLoggedOut() {
  serveQuietAccount();
  server.use(
    http.post('/auth/refresh', () => problem(401, 'no session')),
    http.get('/auth/providers', () => HttpResponse.json({ items: [{ id: 'sso', name: 'Our SSO' }] })),
  );
}

it('offers providers on the login page and returns to the requested page', async () => {
  serveLoggedOut();
  renderAt('/login?next=%2Fincidents');
  const link = await screen.findByRole('link', { name: 'Continue with Our SSO' });
  expect(link.getAttribute('href')).toBe('/api/v1/auth/providers/sso/start?return_to=%2Fincidents');
  // What belongs to the password comes before the other ways to log in.
  const forgot = screen.getByRole('link', { name: 'Forgot your password?' });
  expect(forgot.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
});

it('says why a login with a provider has failed', async () => {
  serveLoggedOut();
  renderAt('/login?error=denied&provider=sso');
  await screen.findByRole('link', { name: 'Continue with Our SSO' });
  expect((await screen.findByRole('alert')).textContent).toBe('You cancelled the login with Our SSO.');
});

it('repeats nothing of an address that names no provider', async () => {
  serveLoggedOut();
  renderAt('/login?error=denied&provider=call%20us%20at%20555');
  expect((await screen.findByRole('alert')).textContent).toBe('You cancelled the login with the provider.');
});

it('links a login once the password was given', async () => {
  serveLoggedOut();
  let sent: unknown;
  server.use(
    http.post('/auth/login', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(session('token'));
    }),
  );
  const { user } = renderAt('/login?link=sso');
  await screen.findByText(/Log in with its password once to link your Our SSO login/);
  await user.type(screen.getByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  await screen.findByRole('heading', { name: 'Monitors' });
  expect(sent).toEqual({ email: 'ada@example.org', password: 'correct horse', link_identity: true });
});

it('asks for the code after a login with a provider, without the challenge in the address', async () => {
  serveLoggedOut();
  let sent: unknown;
  server.use(
    http.post('/auth/login/second-factor', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(session('token'));
    }),
  );
  const { user } = renderAt('/login?next=%2Fincidents#challenge-1');
  await user.type(await screen.findByLabelText('Code'), '123456');
  expect(window.location.href).toBe('http://localhost:3000/login?next=%2Fincidents');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('heading', { name: 'Incidents' })).toBeTruthy();
  expect(sent).toEqual({ challenge: 'challenge-1', code: '123456' });
});
