import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it, vi } from 'vitest';
import type { Export } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  member,
  noContent,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
} from '../../../test/server';

const DUE = '2125-11-27T10:00:00.000Z';
const pending = { requested_at: '2025-11-20T10:00:00.000Z', due_at: DUE, erasing: false };

const archive = (changes: Partial<Export> = {}): Export => ({
  id: '5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11',
  organisation: null,
  status: 'ready',
  requested_at: '2025-11-20T10:00:00.000Z',
  expires_at: DUE,
  bytes: 4,
  parts: 2,
  ...changes,
});

function serveAccount(secondFactor = false) {
  serveQuietAccount();
  const account = session('token');
  account.user.second_factor = secondFactor;
  const { user, org } = account;
  server.use(
    http.post('/auth/refresh', () => HttpResponse.json(account)),
    http.get('/me', () => HttpResponse.json({ user, org })),
    http.get('/me/sessions', () => HttpResponse.json({ items: [] })),
  );
}

function serveOrganisation(role: 'owner' | 'admin' = 'owner') {
  serveQuietAccount([], role);
  server.use(
    http.get('/orgs/{id}', () => HttpResponse.json(session('token', role).org)),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page([member({ role })]))),
    http.get('/orgs/{id}/invitations', () => HttpResponse.json(page([]))),
  );
}

it('downloads an archive in parts, after the password', async () => {
  serveAccount();
  const saved: Blob[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved.push(blob as Blob);
    return 'blob:archive';
  });
  server.use(
    http.get('/me/exports', () => HttpResponse.json({ items: [archive()] })),
    http.post(
      '/me/exports/{id}/open',
      () => problem(422, '1 field is not valid', [{ field: 'current_password', message: 'is wrong' }]),
      { once: true },
    ),
    http.post('/me/exports/{id}/open', noContent),
    http.get('/me/exports/{id}/parts/{number}', ({ params }) =>
      HttpResponse.json({ number: Number(params.number), parts: 2, data: btoa('PK') }),
    ),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Download' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Current password'), 'nope');
  await user.click(dialog.getByRole('button', { name: 'Download' }));
  expect(await dialog.findByText('is wrong')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Download' }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]?.size).toBe(4);
});

it('deletes the account only when its address is typed, and cancels that', async () => {
  serveAccount();
  let deletion: typeof pending | null = null;
  server.use(
    http.get('/me/deletion', () =>
      HttpResponse.json({ deletion, deleted_with_it: [{ id: 1, name: 'Ada' }], blocked_by: [] }),
    ),
    http.post('/me/deletion', () => {
      deletion = pending;
      return HttpResponse.json({ deletion, deleted_with_it: [], blocked_by: [] }, { status: 202 });
    }),
    http.delete('/me/deletion', () => {
      deletion = null;
      return noContent();
    }),
  );
  const { user } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'Delete account' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByText(/only member: “Ada”/)).toBeTruthy();
  await user.type(dialog.getByLabelText('Current password'), 'correct horse');
  await user.click(dialog.getByRole('button', { name: 'Delete account' }));
  expect(
    (await dialog.findByLabelText('Type “ada@example.org” to confirm')).getAttribute('aria-invalid'),
  ).toBe('true');
  await user.type(dialog.getByLabelText('Type “ada@example.org” to confirm'), 'Ada@example.org');
  await user.click(dialog.getByRole('button', { name: 'Delete account' }));
  await waitFor(() => expect(screen.getAllByText(/Your account will be deleted on/)).toHaveLength(2));
  await user.click(screen.getByRole('button', { name: 'Cancel deletion' }));
  await waitFor(() => expect(screen.queryByText(/Your account will be deleted on/)).toBeNull());
});

const WRONG_CODE = [{ field: 'code', message: 'is wrong' }];

it('asks for a code before an archive is opened or anything deleted, where the second factor is on', async () => {
  serveAccount(true);
  const { org } = session('token');
  const sent: unknown[] = [];
  const refuse = async ({ request }: { request: Request }) => {
    sent.push(await request.json());
    return problem(422, '1 field is not valid', WRONG_CODE);
  };
  server.use(
    http.get('/orgs/{id}', () => HttpResponse.json(org)),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page([member({ role: 'owner' })]))),
    http.get('/orgs/{id}/invitations', () => HttpResponse.json(page([]))),
    http.get('/me/exports', () => HttpResponse.json({ items: [archive()] })),
    http.post('/me/exports/{id}/open', refuse),
    http.post('/me/deletion', refuse),
    http.post('/orgs/{id}/deletion', refuse),
  );
  const { user, unmount } = renderAt('/account');
  const show = async (opener: string, action: string, typed?: [label: string, text: string]) => {
    await user.click(await screen.findByRole('button', { name: opener }));
    const dialog = within(screen.getByRole('dialog'));
    if (typed) await user.type(dialog.getByLabelText(`Type “${typed[0]}” to confirm`), typed[1]);
    await user.type(dialog.getByLabelText('Current password'), 'correct horse');
    await user.type(dialog.getByLabelText('Code'), '123456');
    await user.click(dialog.getByRole('button', { name: action }));
    expect(await dialog.findByText('is wrong')).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Cancel' }));
  };
  await show('Download', 'Download');
  await show('Delete account', 'Delete account', ['ada@example.org', 'ada@example.org']);
  unmount();
  renderAt('/organisation');
  await show('Delete organisation', 'Delete organisation', ['Ada', 'Ada']);
  const proof = { current_password: 'correct horse', code: '123456' };
  expect(sent).toEqual([proof, { ...proof, email: 'ada@example.org' }, { ...proof, name: 'Ada' }]);
});

it('says which organisations keep the account', async () => {
  serveAccount();
  server.use(
    http.get('/me/deletion', () =>
      HttpResponse.json({ deletion: null, deleted_with_it: [], blocked_by: [{ id: 1, name: 'Shop' }] }),
    ),
  );
  renderAt('/account');
  expect(await screen.findByText(/only owner of “Shop”/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Delete account' }).hasAttribute('disabled')).toBe(true);
});

it('shows on every page that the organisation is to be deleted, and only owners cancel it', async () => {
  serveOrganisation('admin');
  server.use(
    http.get('/orgs/{id}/deletion', () => HttpResponse.json({ deletion: pending, with_account: false })),
  );
  renderAt('/organisation');
  expect(await screen.findByText(/This organisation will be deleted on/)).toBeTruthy();
  expect(await screen.findByRole('heading', { name: 'Export' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Cancel deletion' })).toBeNull();
});

it('deletes the organisation by its name', async () => {
  serveOrganisation();
  const sent: unknown[] = [];
  server.use(
    http.post('/orgs/{id}/deletion', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ deletion: pending, with_account: false }, { status: 202 });
    }),
  );
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Delete organisation' }));
  const dialog = within(screen.getByRole('dialog'));
  const name = dialog.getByLabelText('Type “Ada” to confirm');
  await user.type(name, 'ada');
  await user.type(dialog.getByLabelText('Current password'), 'correct horse');
  await user.click(dialog.getByRole('button', { name: 'Delete organisation' }));
  expect(await dialog.findByText('Does not match')).toBeTruthy();
  await user.clear(name);
  await user.type(name, 'Ada');
  await user.click(dialog.getByRole('button', { name: 'Delete organisation' }));
  await waitFor(() => expect(sent).toEqual([{ name: 'Ada', current_password: 'correct horse' }]));
});

it('lists what happened to the account', async () => {
  serveAccount();
  server.use(
    http.get('/me/audit-log', () =>
      HttpResponse.json(
        page([
          {
            id: 1,
            at: '2025-11-20T10:00:00.000Z',
            action: 'EditMe',
            details: { name: 'Ada King' } as never,
            address: '192.0.2.1',
            user_agent: null,
            request_id: null,
          },
        ]),
      ),
    ),
  );
  renderAt('/account');
  expect(await screen.findByText('Name changed: Ada King')).toBeTruthy();
});
