import type { QueryClient } from '@tanstack/react-query';
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { TabMessage } from '@/api/tabs';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server, session } from '../../../test/server';

function serveLoggedOut() {
  serveQuietAccount();
  server.use(http.post('/auth/refresh', () => problem(401, 'no session')));
}

it('asks to log in, then shows the requested page', async () => {
  serveLoggedOut();
  server.use(http.post('/auth/login', () => HttpResponse.json(session('token'))));
  const { user } = renderAt('/incidents');
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('heading', { name: 'Incidents' })).toBeTruthy();
  expect(window.location.pathname).toBe('/incidents');
});

it('does not redirect to another site after login', async () => {
  serveQuietAccount();
  renderAt('/login?next=%2F%2Fevil.example%2F');
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
  expect(window.location.href).toBe('http://localhost:3000/');
});

it('shows why a login was rejected, without a refresh', async () => {
  serveLoggedOut();
  server.use(http.post('/auth/login', () => problem(401, 'the email or the password is wrong')));
  const { user } = renderAt('/login');
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'wrong');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect((await screen.findByRole('alert')).textContent).toBe('Incorrect email or password.');
  expect(screen.queryByText(/^Your session has ended/)).toBeNull();
  // For a new password the address is not asked for again.
  await user.click(screen.getByRole('link', { name: 'Forgot your password?' }));
  await screen.findByRole('heading', { name: 'Reset password' });
  expect(screen.getByLabelText('Email')).toHaveProperty('value', 'ada@example.org');
});

it('says why somebody has to log in whose session was ended', async () => {
  serveQuietAccount();
  const { user } = renderAt('/');
  await screen.findByText('No monitors yet');
  server.use(
    http.get('/incidents', () => problem(401, 'a valid credential is required')),
    http.post('/auth/refresh', () => problem(401, 'the session has ended; log in again')),
  );
  await user.click(screen.getByRole('link', { name: 'Incidents' }));
  expect(await screen.findByText(/^Your session has ended/)).toBeTruthy();
});

it('shows a server error for the password at its field', async () => {
  serveLoggedOut();
  server.use(
    http.post('/auth/register', () =>
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

it('shows the page when the server answers again after page load, without a click', async () => {
  serveQuietAccount();
  server.use(http.post('/auth/refresh', () => problem(503, 'unavailable'), { once: true }));
  renderAt('/');
  expect(await screen.findByRole('button', { name: 'Retry' })).toBeTruthy();
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
});

it('offers to retry when the server is unreachable at page load', async () => {
  serveQuietAccount();
  server.use(http.post('/auth/refresh', () => HttpResponse.error(), { once: true }));
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
});

/** What is cached: with whom one can log in is nobody's. */
const cached = (client: QueryClient) =>
  client
    .getQueryCache()
    .getAll()
    .map(({ queryKey }) => queryKey);

/** What another tab says. */
function tellFromOtherTab(message: TabMessage) {
  const tab = new BroadcastChannel('uptime-session');
  tab.postMessage(message);
  return () => tab.close();
}

it('logs out and clears cached data when another tab logs out', async () => {
  serveQuietAccount();
  const { client } = renderAt('/');
  await screen.findByText('No monitors yet');
  const close = tellFromOtherTab({ user: null, org: null });
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
  expect(cached(client)).toEqual([['providers']]);
  close();
});

it('tells the other tabs of a logout', async () => {
  serveQuietAccount();
  server.use(http.post('/auth/logout', () => new HttpResponse(null, { status: 204 })));
  const tab = new BroadcastChannel('uptime-session');
  const heard: unknown[] = [];
  tab.onmessage = ({ data }) => heard.push(data);
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: /^Account of/ }));
  await user.click(await screen.findByRole('menuitem', { name: 'Log out' }));
  await waitFor(() => expect(heard).toEqual([{ user: null, org: null }]));
  tab.close();
});

it('shows the account that another tab has logged in to', async () => {
  serveQuietAccount();
  renderAt('/');
  await screen.findByText('No monitors yet');
  const bo = { ...session('bo'), user: { ...session('bo').user, id: 2, name: 'Bo' } };
  server.use(
    http.post('/auth/refresh', () => HttpResponse.json(bo)),
    http.get('/monitors', () => HttpResponse.json(page([monitor({ name: 'Monitor of Bo' })]))),
  );
  const close = tellFromOtherTab({ user: 2, org: 1 });
  expect(await screen.findByText('Monitor of Bo')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Account of Bo, Ada' })).toBeTruthy();
  close();
});

it('logs out and clears cached data', async () => {
  serveQuietAccount();
  server.use(http.post('/auth/logout', () => new HttpResponse(null, { status: 204 })));
  const { user, client } = renderAt('/');
  await screen.findByText('No monitors yet');
  await user.click(screen.getByRole('button', { name: /^Account of/ }));
  await user.click(await screen.findByRole('menuitem', { name: 'Log out' }));
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
  await waitFor(() => expect(cached(client)).toEqual([['providers']]));
});
