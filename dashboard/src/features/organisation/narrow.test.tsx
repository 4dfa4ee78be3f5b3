import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Member, MemberInvitation, Organisation } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  member,
  memberInvitation,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
} from '../../../test/server';

const GRACE = member({ user_id: 2, name: 'Grace', email: 'grace@example.org', role: 'viewer' });

const tag = (id: number, name: string) => ({
  id,
  name,
  colour: 'grey' as const,
  monitors: 1,
  version: 1,
});

function serveTeam() {
  const members: Member[] = [member(), GRACE];
  const invitations: MemberInvitation[] = [];
  serveQuietAccount();
  server.use(
    http.get('/orgs/{id}', () => HttpResponse.json(session('token').org)),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page(members))),
    http.get('/orgs/{id}/invitations', () => HttpResponse.json(page(invitations))),
    http.get('/tags', () => HttpResponse.json(page([tag(1, 'payments'), tag(2, 'search')]))),
  );
  return { members, invitations };
}

it('narrows a member to tags, and says why that was rejected', async () => {
  const { members } = serveTeam();
  const sent: unknown[] = [];
  server.use(
    http.patch(
      '/orgs/{id}/members/{user_id}',
      () =>
        problem(422, '1 field is invalid', [{ field: 'only_tags', message: 'there is no tag "payments"' }]),
      { once: true },
    ),
    http.patch('/orgs/{id}/members/{user_id}', async ({ request }) => {
      sent.push(await request.json());
      members[1] = { ...GRACE, only_tags: ['payments'] };
      return HttpResponse.json(members[1]);
    }),
  );
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Choose what Grace sees' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByLabelText('With these tags'));
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await dialog.findByText('choose at least one tag')).toBeTruthy();
  await user.click(await dialog.findByLabelText('payments'));
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await dialog.findByText('there is no tag "payments"')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Viewer of payments')).toBeTruthy();
  expect(sent).toEqual([{ only_tags: ['payments'] }]);
});

it('invites to tags, but for admins, who see everything', async () => {
  const { invitations } = serveTeam();
  const sent: unknown[] = [];
  server.use(
    http.post('/orgs/{id}/invitations', async ({ request, response }) => {
      const { role, only_tags: onlyTags = null } = await request.json();
      sent.push(onlyTags);
      const made = memberInvitation({ id: crypto.randomUUID(), role, only_tags: onlyTags });
      invitations.push(made);
      return response(201).json(made);
    }),
  );
  const { user } = renderAt('/organisation');
  for (const role of ['viewer', 'admin']) {
    await user.click(await screen.findByRole('button', { name: 'Invite' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.type(dialog.getByLabelText('Email'), 'bo@example.org');
    await user.click(dialog.getByLabelText('With these tags'));
    await user.click(await dialog.findByLabelText('search'));
    await user.selectOptions(dialog.getByLabelText('Role'), role);
    expect(dialog.queryByLabelText('With these tags') === null).toBe(role === 'admin');
    await user.click(dialog.getByRole('button', { name: 'Send invitation' }));
    await screen.findByText(role === 'admin' ? /^Admin ·/ : /^Viewer of search ·/);
  }
  expect(sent).toEqual([['search'], null]);
});

it('shows a narrowed member what that is, and nothing of the organisation', async () => {
  serveTeam();
  const org: Organisation = { ...session('token').org, role: 'editor', only_tags: ['payments'] };
  server.use(
    http.post('/auth/refresh', () => HttpResponse.json({ ...session('token'), org })),
    http.get('/orgs/{id}', () => HttpResponse.json(org)),
    http.get('/orgs/{id}/members', () => problem(403, 'this concerns the whole organisation')),
  );
  renderAt('/organisation');
  expect(await screen.findByText('Editor of payments')).toBeTruthy();
  expect(screen.getByText(/^Your access is limited to some tags/)).toBeTruthy();
  expect(screen.queryByRole('list', { name: 'Members' })).toBeNull();
  expect(screen.queryByText('this concerns the whole organisation')).toBeNull();
});
