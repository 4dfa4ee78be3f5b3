import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Problem } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, problem, serveQuietAccount, server, session } from '../../../test/server';

const SECRET = { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Uptime:ada', qr_svg: '<svg></svg>' };

/** Serves an account whose password is right, and not enough. */
function serveChallenge() {
  serveQuietAccount();
  const body: Problem = {
    type: 'urn:uptime-monitor:second-factor-required',
    title: 'Forbidden',
    status: 403,
    detail: 'a code is needed as well',
    challenge: 'challenge-1',
  };
  server.use(
    http.post('/auth/refresh', () => problem(401, 'no session')),
    http.post('/auth/login', () => HttpResponse.json(body, { status: 403 })),
  );
}

async function givePassword() {
  const { user } = renderAt('/login');
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  return user;
}

it('asks for a code in a second step, and logs in with it', async () => {
  serveChallenge();
  const sent: unknown[] = [];
  server.use(
    http.post('/auth/login/second-factor', async ({ request }) => {
      sent.push(await request.json());
      return sent.length === 1
        ? problem(422, '1 field is not valid', [{ field: 'code', message: 'is wrong' }])
        : HttpResponse.json(session('token'));
    }),
  );
  const user = await givePassword();
  const code = await screen.findByLabelText('Code');
  // It can be typed at once.
  expect(document.activeElement).toBe(code);
  expect(code.getAttribute('autocomplete')).toBe('one-time-code');
  expect(code.getAttribute('inputmode')).toBe('numeric');
  await user.type(code, '123456');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByText('is wrong')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Use a recovery code' }));
  await user.type(await screen.findByLabelText('Recovery code'), 'abcd-efgh');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
  expect(sent).toEqual([
    { challenge: 'challenge-1', code: '123456' },
    { challenge: 'challenge-1', code: 'abcd-efgh' },
  ]);
});

it('starts again when it took too long', async () => {
  serveChallenge();
  server.use(http.post('/auth/login/second-factor', () => problem(401, 'signing in took too long')));
  const user = await givePassword();
  await user.type(await screen.findByLabelText('Code'), '123456');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByText('signing in took too long')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Start again' }));
  expect(await screen.findByLabelText('Password')).toBeTruthy();
});

it('shows nothing else of an organisation that requires one, until it is on and the codes are saved', async () => {
  serveQuietAccount();
  const demanding = session('token');
  demanding.org.require_second_factor = true;
  server.use(
    http.post('/auth/refresh', () => HttpResponse.json(demanding)),
    http.post('/me/second-factor', () => HttpResponse.json(SECRET)),
    http.post('/me/second-factor/confirm', () => HttpResponse.json({ codes: ['aaaa-bbbb', 'cccc-dddd'] })),
  );
  const { user } = renderAt('/');
  expect(await screen.findByRole('heading', { name: 'Ada requires a second factor' })).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Incidents' })).toBeNull();
  await user.type(screen.getByLabelText('Current password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  expect(await screen.findByText('JBSW Y3DP EHPK 3PXP')).toBeTruthy();
  const image = screen.getByRole('img', { name: 'QR code for the authenticator app' });
  expect(image.getAttribute('src')).toContain('data:image/svg+xml');
  demanding.user.second_factor = true;
  await user.type(screen.getByLabelText('Code'), '123456');
  await user.click(screen.getByRole('button', { name: 'Turn on second factor' }));
  expect(await screen.findByText(/aaaa-bbbb/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'I have saved them' }));
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
});

it('goes to the second factor when it is demanded while pages are open', async () => {
  serveQuietAccount();
  const now = session('token');
  server.use(http.post('/auth/refresh', () => HttpResponse.json(now)));
  const { user } = renderAt('/');
  await screen.findByText('No monitors yet');
  now.org = { ...now.org, require_second_factor: true };
  now.access_token = 'next';
  const missing: Problem = {
    type: 'urn:uptime-monitor:second-factor-missing',
    title: 'Forbidden',
    status: 403,
    detail: 'this organisation demands a second factor',
  };
  server.use(http.get('/incidents', () => HttpResponse.json(missing, { status: 403 })));
  await user.click(screen.getByRole('link', { name: /^Incidents/ }));
  expect(await screen.findByRole('heading', { name: 'Ada requires a second factor' })).toBeTruthy();
});
