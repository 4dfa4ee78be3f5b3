import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Member, MemberInvitation, Role } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  member,
  memberInvitation,
  noContent,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
  usage,
} from '../../../test/server';

const GRACE = member({ user_id: 2, name: 'Grace', email: 'grace@example.org', role: 'editor' });

/** Ada of the given role, and others. */
function serveTeam(role: Role, others: Member[] = [GRACE], invitations: MemberInvitation[] = []) {
  serveQuietAccount([], role);
  const members = [member({ role }), ...others];
  server.use(
    http.get('/orgs/{id}', () => HttpResponse.json(session('token', role).org)),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page(members))),
    http.get('/orgs/{id}/invitations', () => HttpResponse.json(page(invitations))),
    http.get('/me', () => HttpResponse.json(session('token', role))),
  );
  return { members, invitations };
}

it('changes the role of a member, and shows why that was rejected', async () => {
  const { members } = serveTeam('owner');
  server.use(
    http.patch('/orgs/{id}/members/{user_id}', () => problem(409, 'an organisation needs an owner'), {
      once: true,
    }),
    http.patch('/orgs/{id}/members/{user_id}', async ({ request }) => {
      const { role } = await request.json();
      members[1] = { ...GRACE, role: role ?? GRACE.role };
      return HttpResponse.json(members[1]);
    }),
  );
  const { user } = renderAt('/organisation');
  const select = await screen.findByLabelText('Role of Grace');
  await user.selectOptions(select, 'admin');
  expect(await screen.findByText('an organisation needs an owner')).toBeTruthy();
  await user.selectOptions(select, 'admin');
  expect(await screen.findByText('Grace is now admin')).toBeTruthy();
});

it('explains that the only owner stays one', async () => {
  serveTeam('owner');
  renderAt('/organisation');
  expect(await screen.findByText(/^The only owner/)).toBeTruthy();
  expect(await screen.findByText(/^You are the only owner/)).toBeTruthy();
  expect(screen.queryByLabelText('Role of Ada')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Leave organisation' })).toBeNull();
});

it('does not let admins touch owners, or make some', async () => {
  serveTeam('admin', [GRACE, member({ user_id: 3, name: 'Olga', role: 'owner' })]);
  renderAt('/organisation');
  const select = await screen.findByLabelText('Role of Grace');
  const roles = within(select)
    .getAllByRole('option')
    .map(({ textContent }) => textContent);
  expect(roles).toEqual(['Viewer', 'Responder', 'Editor', 'Admin']);
  expect(screen.queryByLabelText('Role of Olga')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Remove Olga' })).toBeNull();
});

it('asks before somebody demotes themselves', async () => {
  serveTeam('admin');
  server.use(
    http.patch('/orgs/{id}/members/{user_id}', () => HttpResponse.json(member({ role: 'viewer' }))),
    http.get('/me', () => HttpResponse.json(session('token', 'viewer'))),
  );
  const { user } = renderAt('/organisation');
  await user.selectOptions(await screen.findByLabelText('Role of Ada'), 'viewer');
  await user.click(await screen.findByRole('button', { name: 'Change my role' }));
  expect(await screen.findByText('Admins and owners can change members.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Invite' })).toBeNull();
});

it('offers viewers nothing to change, and says who can', async () => {
  serveTeam('viewer');
  renderAt('/organisation');
  expect(await screen.findByText('grace@example.org', { exact: false })).toBeTruthy();
  expect(screen.getByText('Admins and owners can change members.')).toBeTruthy();
  for (const name of ['Invite', 'Rename organisation', 'Remove Grace']) {
    expect(screen.queryByRole('button', { name })).toBeNull();
  }
  expect(screen.queryByRole('link', { name: 'API keys' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Leave organisation' })).toBeTruthy();
});

it('removes a member after confirmation', async () => {
  const { members } = serveTeam('owner');
  server.use(
    http.delete('/orgs/{id}/members/{user_id}', ({ params }) => {
      expect(params.user_id).toBe('2');
      members.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Remove Grace' }));
  await user.click(await screen.findByRole('button', { name: 'Remove member' }));
  await waitFor(() => expect(screen.queryByText('grace@example.org', { exact: false })).toBeNull());
});

it('invites by mail, with errors at their fields', async () => {
  const { invitations } = serveTeam('owner');
  server.use(
    http.post(
      '/orgs/{id}/invitations',
      () => problem(409, 'is a member already', [{ field: 'email', message: 'is a member already' }]),
      { once: true },
    ),
    http.post('/orgs/{id}/invitations', async ({ request, response }) => {
      invitations.push(memberInvitation(await request.json()));
      return response(201).json(memberInvitation());
    }),
  );
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Invite' }));
  await user.type(screen.getByLabelText('Email'), 'bo@example.org');
  await user.selectOptions(screen.getByLabelText('Role'), 'responder');
  await user.click(screen.getByRole('button', { name: 'Send invitation' }));
  expect(await screen.findByText('is a member already')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Send invitation' }));
  const pending = await screen.findByRole('list', { name: 'Pending invitations' });
  expect(within(pending).getByText(/^Responder · Invited by Ada/)).toBeTruthy();
});

it('shows the link of an invitation where there is no mail server', async () => {
  serveTeam('owner', [], [memberInvitation()]);
  const link = 'https://uptime.example.org/invitation#AQAB';
  server.use(
    http.post('/orgs/{id}/invitations/{invitation}/resend', () =>
      HttpResponse.json(memberInvitation({ link, sent_at: null })),
    ),
  );
  const { user } = renderAt('/organisation');
  await user.click(
    await screen.findByRole('button', { name: 'Send the invitation to bo@example.org again' }),
  );
  const dialog = within(await screen.findByRole('dialog', { name: 'Invitation link' }));
  expect(dialog.getByText(link)).toBeTruthy();
  expect(dialog.getByText(/^No mail server is set up/)).toBeTruthy();
});

it('keeps the focus in the dialog that goes on with the link, and returns it to what opened it', async () => {
  serveTeam('owner');
  server.use(
    http.post('/orgs/{id}/invitations', async ({ request, response }) =>
      response(201).json({ ...memberInvitation(await request.json()), link: 'https://uptime.test/i#AQAB' }),
    ),
  );
  const { user } = renderAt('/organisation');
  const invite = await screen.findByRole('button', { name: 'Invite' });
  await user.click(invite);
  await user.type(within(screen.getByRole('dialog')).getByLabelText('Email'), 'bo@example.org{Enter}');
  const dialog = await screen.findByRole('dialog', { name: 'Invitation link' });
  await waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(document.activeElement).toBe(invite));
});

it('withdraws an invitation after confirmation', async () => {
  const { invitations } = serveTeam('owner', [], [memberInvitation({ error: 'no such mailbox' })]);
  server.use(
    http.delete('/orgs/{id}/invitations/{invitation}', () => {
      invitations.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/organisation');
  expect(await screen.findByText('Not sent: no such mailbox')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Withdraw the invitation to bo@example.org' }));
  await user.click(await screen.findByRole('button', { name: 'Withdraw invitation' }));
  await waitFor(() => expect(screen.queryByText('bo@example.org')).toBeNull());
});

it('leaves the organisation, and goes on in another one', async () => {
  serveTeam('editor');
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Leave organisation' }));
  const lab = {
    id: 2,
    name: 'Lab',
    role: 'owner' as const,
    only_tags: null,
    require_second_factor: false,
    version: 1,
  };
  server.use(
    http.post('/orgs/{id}/leave', noContent),
    http.post('/auth/refresh', () => HttpResponse.json({ ...session('lab'), org: lab })),
  );
  const dialog = within(await screen.findByRole('alertdialog'));
  await user.click(dialog.getByRole('button', { name: 'Leave organisation' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Lab' })).toBeTruthy();
});

it('says before the only organisation is left that it ends the session', async () => {
  serveTeam('editor');
  server.use(http.get('/orgs', () => HttpResponse.json(page([session('token').org]))));
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Leave organisation' }));
  expect(await screen.findByText(/in no other organisation, so you will be logged out/)).toBeTruthy();
});

it('renames the organisation', async () => {
  serveTeam('owner');
  server.use(
    http.patch('/orgs/{id}', async ({ request }) => {
      expect(request.headers.get('if-match')).toBe('"1"');
      return HttpResponse.json({ ...session('token').org, name: 'Acme', version: 2 });
    }),
  );
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Rename organisation' }));
  await user.clear(screen.getByLabelText('Name'));
  await user.type(screen.getByLabelText('Name'), 'Acme');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Acme' })).toBeTruthy();
});

it('shows the plan, what is used of it, and where it gets tight', async () => {
  serveTeam('viewer');
  const items = [
    { key: 'monitors' as const, used: 21, limit: 20 },
    { key: 'channels' as const, used: 4, limit: 5 },
    { key: 'api_keys' as const, used: 2, limit: 2 },
    { key: 'checks_on_request_per_day' as const, used: 5, limit: 5 },
    { key: 'members' as const, used: 1, limit: null },
  ];
  const free = usage({ plan: 'free', items, min_interval_seconds: 60, raw_retention_days: 20 });
  server.use(
    http.get('/orgs/{id}/usage', () => problem(503, 'the database is not available'), { once: true }),
    http.get('/orgs/{id}/usage', () => HttpResponse.json(free)),
  );
  const { user } = renderAt('/organisation');
  await user.click(await screen.findByRole('button', { name: 'Retry' }));
  expect(await screen.findByText('Plan: free')).toBeTruthy();
  const rows = within(screen.getByRole('list', { name: 'Plan and usage' })).getAllByRole('listitem');
  const texts = rows.map(({ textContent }) => textContent);
  expect(texts).toEqual([
    expect.stringMatching(/^Monitors21 of 20Over the limit/),
    expect.stringMatching(/^Channels4 of 5Close to the limit/),
    expect.stringMatching(/^API keys2 of 2Limit reached. Delete/),
    expect.stringMatching(/^Checks on request today \(UTC\)5 of 5Limit reached. Counting starts again/),
    'Members and invitations1, no limit',
  ]);
  expect(screen.getByRole<HTMLMeterElement>('meter', { name: 'Channels' }).value).toBe(4);
  expect(
    screen.getByText(/^Shortest check interval: 1 min. Individual results are kept for 20 days/),
  ).toBeTruthy();
});
