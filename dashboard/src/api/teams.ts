import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Team, TeamInput } from './models';
import { bodyOf, ifMatch } from './transport';

/** All there can be. */
export const teamsQuery = queryOptions({
  queryKey: keys.teams,
  queryFn: ({ signal }) => bodyOf(client.GET('/teams', { params: { query: { limit: 200 } }, signal })),
});

export const createTeam = (body: TeamInput) => bodyOf(client.POST('/teams', { body }));

export const readTeam = (id: number) => bodyOf(client.GET('/teams/{id}', { params: { path: { id } } }));

export const updateTeam = ({ id, version }: Team, body: TeamInput) =>
  bodyOf(client.PATCH('/teams/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));

export const deleteTeam = (id: number) => client.DELETE('/teams/{id}', { params: { path: { id } } });
