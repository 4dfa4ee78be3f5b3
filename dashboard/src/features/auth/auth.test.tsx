import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { api, problem, serveQuietAccount, server, session } from '../../../test/server';

function serveNoLogin() {
  serveQuietAccount();
  server.use(http.post(api('/auth/refresh'), () => problem(401, 'no session')));
}

it('asks for a login and goes on to where somebody wanted to go', async () => {
  serveNoLogin();
  server.use(http.post(api('/auth/login'), () => HttpResponse.json(session('token'))));
  const { user } = renderAt('/incidents');
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('heading', { name: 'Incidents' })).toBeTruthy();
  expect(window.location.pathname).toBe('/incidents');
});

it('does not follow an address of another site after the login', async () => {
  serveQuietAccount();
  renderAt('/login?next=%2F%2Fevil.example%2F');
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
  expect(window.location.href).toBe('http://localhost:3000/');
});

it('says why a login was refused and asks for no refresh', async () => {
  serveNoLogin();
  server.use(http.post(api('/auth/login'), () => problem(401, 'the email or the password is wrong')));
  const { user } = renderAt('/login');
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'wrong');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect((await screen.findByRole('alert')).textContent).toContain('the email or the password is wrong');
});

it('shows what the server has against a password at the password', async () => {
  serveNoLogin();
  server.use(
    http.post(api('/auth/register'), () =>
      problem(422, '1 field is not valid', [{ field: 'password', message: 'is too easily guessed' }]),
    ),
  );
  const { user } = renderAt('/register');
  await user.type(await screen.findByLabelText('Name'), 'Ada');
  await user.type(screen.getByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'password123');
  await user.click(screen.getByRole('button', { name: 'Create account' }));
  expect(await screen.findByText('is too easily guessed')).toBeTruthy();
  expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBe('true');
  expect(screen.queryByRole('alert')).toBeNull();
});

it('offers to try again when the server is away at page load', async () => {
  serveQuietAccount();
  server.use(http.post(api('/auth/refresh'), () => HttpResponse.error(), { once: true }));
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
});

it('logs out and forgets what was loaded', async () => {
  serveQuietAccount();
  server.use(http.post(api('/auth/logout'), () => new HttpResponse(null, { status: 204 })));
  const { user, client } = renderAt('/');
  await screen.findByText('Nothing is monitored yet');
  await user.click(screen.getByRole('button', { name: /Log out/ }));
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
  await waitFor(() => expect(client.getQueryCache().getAll()).toEqual([]));
});
