import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { SecondFactorProof } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, noContent, problem, serveQuietAccount, server, session } from '../../../test/server';

const SECRET = { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Uptime:ada', qr_svg: '<svg></svg>' };

function serveAccount(isOn: boolean) {
  serveQuietAccount();
  const account = session('token');
  const factor = { is_on: isOn, since: null as string | null, recovery_codes: isOn ? 1 : 0 };
  const codes = () => {
    Object.assign(factor, { is_on: true, recovery_codes: 10 });
    account.user.second_factor = true;
    return { codes: ['aaaa-bbbb', 'cccc-dddd'] };
  };
  account.user.second_factor = isOn;
  server.use(
    http.post('/auth/refresh', () => HttpResponse.json(account)),
    http.get('/me', () => HttpResponse.json(account)),
    http.get('/me/sessions', () => HttpResponse.json({ items: [] })),
    http.get('/me/second-factor', () => HttpResponse.json(factor)),
    http.post('/me/second-factor', () => HttpResponse.json(SECRET)),
    http.post('/me/second-factor/confirm', () => HttpResponse.json(codes())),
    http.post('/me/second-factor/recovery-codes', () => HttpResponse.json(codes())),
    http.post('/me/second-factor/disable', () => {
      Object.assign(factor, { is_on: false, recovery_codes: 0 });
      account.user.second_factor = false;
      return noContent();
    }),
  );
}

async function prove(user: ReturnType<typeof renderAt>['user'], action: string) {
  await user.type(screen.getByLabelText('Current password'), 'correct horse');
  await user.type(screen.getByLabelText('Code'), '123456');
  const dialog = within(screen.getByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: action }));
}

it('turns the second factor on, and shows the recovery codes once', async () => {
  serveAccount(false);
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Turn on second factor' }));
  await user.type(screen.getByLabelText('Current password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await user.type(await screen.findByLabelText('Code'), '123456');
  const dialog = within(screen.getByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Turn on second factor' }));
  expect(await screen.findByText(/cccc-dddd/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Download' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'I have saved them' }));
  expect(await screen.findByText('10 recovery codes left')).toBeTruthy();
  expect(screen.queryByText(/cccc-dddd/)).toBeNull();
});

it('asks before recovery codes are closed that were not kept', async () => {
  serveAccount(true);
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'New recovery codes' }));
  await prove(user, 'Create new codes');
  await screen.findByText(/aaaa-bbbb/);
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'Keep open' }));
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  expect(await navigator.clipboard.readText()).toBe('aaaa-bbbb\ncccc-dddd');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('makes new recovery codes for who has the password and a code', async () => {
  serveAccount(true);
  const { user } = renderAt('/account');
  expect(await screen.findByText('1 recovery code left')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'New recovery codes' }));
  await prove(user, 'Create new codes');
  expect(await screen.findByText(/aaaa-bbbb/)).toBeTruthy();
});

it('turns the second factor off', async () => {
  serveAccount(true);
  server.use(
    http.post(
      '/me/second-factor/disable',
      () => problem(422, '1 field is not valid', [{ field: 'code', message: 'is wrong' }]),
      { once: true },
    ),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Turn off second factor' }));
  await prove(user, 'Turn off second factor');
  expect(await screen.findByText('is wrong')).toBeTruthy();
  const dialog = within(screen.getByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Turn off second factor' }));
  expect(await screen.findByText('Second factor turned off')).toBeTruthy();
  expect(await screen.findByRole('button', { name: 'Turn on second factor' })).toBeTruthy();
});

it('asks for a code where the password is changed', async () => {
  serveAccount(true);
  const sent: Partial<SecondFactorProof>[] = [];
  server.use(
    http.post('/me/password', async ({ request }) => {
      sent.push((await request.json()) as SecondFactorProof);
      return noContent();
    }),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Change password' }));
  await user.type(screen.getByLabelText('New password'), 'another horse battery');
  await prove(user, 'Change password');
  expect(await screen.findByText('Password changed')).toBeTruthy();
  expect(sent[0]?.code).toBe('123456');
});
