import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Role, Team, TeamInput } from '@/api/models';
import { MEMBERS, team } from '../../../test/on-call';
import { renderAt } from '../../../test/render';
import { http, noContent, page, problem, serveQuietAccount, server } from '../../../test/server';

function serveTeams(teams: Team[], role: Role = 'owner') {
  serveQuietAccount([], role);
  server.use(
    http.get('/teams', () => HttpResponse.json(page(teams))),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page(MEMBERS))),
  );
}

it('lists teams, and who of them cannot be reached', async () => {
  serveTeams([team()], 'viewer');
  renderAt('/on-call/teams');
  const list = within(await screen.findByRole('list', { name: 'Teams' }));
  expect(list.getByText('Ada, Grace')).toBeTruthy();
  expect(list.getByText('Grace cannot be reached: no channel of their own')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /team|Platform/ })).toBeNull();
  expect(screen.getByText('Admins and owners can change who is notified when.')).toBeTruthy();
});

it('adds a team, with the errors of the server at the fields', async () => {
  serveTeams([]);
  const sent: TeamInput[] = [];
  server.use(
    http.post(
      '/teams',
      async ({ request }) => {
        sent.push(await request.json());
        return problem(422, '1 field is not valid', [{ field: 'name', message: 'is taken' }]);
      },
      { once: true },
    ),
    http.post('/teams', () => HttpResponse.json(team(), { status: 201 })),
  );
  const { user } = renderAt('/on-call/teams');
  await user.click(await screen.findByRole('button', { name: 'Add team' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add team' }));
  await user.type(dialog.getByLabelText('Name'), 'Platform');
  await user.click(dialog.getByRole('button', { name: 'Add team' }));
  expect(await dialog.findByText('Choose at least one member')).toBeTruthy();
  await user.click(await dialog.findByRole('checkbox', { name: 'Grace' }));
  await user.click(dialog.getByRole('checkbox', { name: 'Ada (you)' }));
  await user.click(dialog.getByRole('button', { name: 'Add team' }));
  expect(await dialog.findByText('is taken')).toBeTruthy();
  expect(sent).toEqual([{ name: 'Platform', members: [2, 1] }]);
  await user.click(dialog.getByRole('button', { name: 'Add team' }));
  expect(await screen.findByText('Platform saved')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('changes the members of a team', async () => {
  serveTeams([team()]);
  let sent: unknown;
  server.use(
    http.patch('/teams/{id}', async ({ request }) => {
      sent = [request.headers.get('If-Match'), await request.json()];
      return HttpResponse.json(team());
    }),
  );
  const { user } = renderAt('/on-call/teams');
  await user.click(await screen.findByRole('button', { name: 'Edit Platform' }));
  await user.click(await screen.findByRole('checkbox', { name: 'Grace' }));
  await user.click(screen.getByRole('checkbox', { name: 'Bo' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Platform saved')).toBeTruthy();
  expect(sent).toEqual(['"2"', { name: 'Platform', members: [1, 3] }]);
});

it('says what uses a team that cannot be deleted', async () => {
  const teams = [team()];
  serveTeams(teams);
  server.use(
    http.delete('/teams/{id}', () => problem(409, 'it is used by Everything'), { once: true }),
    http.delete('/teams/{id}', () => {
      teams.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/on-call/teams');
  await user.click(await screen.findByRole('button', { name: 'Delete Platform' }));
  await user.click(screen.getByRole('button', { name: 'Delete team' }));
  expect((await screen.findByRole('alert')).textContent).toContain('it is used by Everything');
  await user.click(screen.getByRole('button', { name: 'Delete team' }));
  expect(await screen.findByText('No teams yet')).toBeTruthy();
});
