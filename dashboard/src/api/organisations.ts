import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Member, MemberInput, MemberInvitationInput, Organisation, OrganisationInput } from './models';
import { deleted } from './problem';
import { sessionStore } from './session';
import { bodyOf, ifMatch, newClient } from './transport';

/** For somebody who may have no account yet. */
const anonymous = newClient();

/** The first two hundred. */
export const organisationsQuery = queryOptions({
  queryKey: keys.organisations,
  queryFn: ({ signal }) => bodyOf(client.GET('/orgs', { params: { query: { limit: 200 } }, signal })),
});

export const createOrganisation = (name: string) => bodyOf(client.POST('/orgs', { body: { name } }));

async function editOrganisation({ id, version }: Organisation, body: OrganisationInput): Promise<void> {
  const params = { path: { id }, header: ifMatch(version) };
  const org = await bodyOf(client.PATCH('/orgs/{id}', { params, body }));
  const state = sessionStore.get();
  if (state.status === 'authenticated') sessionStore.update({ ...state.session, org });
}

export const renameOrganisation = (org: Organisation, name: string) => editOrganisation(org, { name });

/** Whether its members need a second factor to do anything in it. */
export const requireSecondFactor = (org: Organisation, required: boolean) =>
  editOrganisation(org, { require_second_factor: required });

/** Reads the active organisation again, which somebody else may have renamed. */
export async function reloadOrganisation(id: number): Promise<Organisation> {
  const org = await bodyOf(client.GET('/orgs/{id}', { params: { path: { id } } }));
  const state = sessionStore.get();
  if (state.status === 'authenticated') sessionStore.update({ ...state.session, org });
  return org;
}

export const leaveOrganisation = (id: number) =>
  client.POST('/orgs/{id}/leave', { params: { path: { id } } });

/** What there is of what the plan allows. Whatever is added or deleted changes it, so it is always read again. */
export const usageQuery = (id: number) =>
  queryOptions({
    queryKey: keys.usage,
    queryFn: ({ signal }) => bodyOf(client.GET('/orgs/{id}/usage', { params: { path: { id } }, signal })),
    refetchOnMount: 'always',
  });

const PER_PAGE = 200;

export const membersQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: keys.memberPages,
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/orgs/{id}/members', {
          params: { path: { id }, query: { cursor, limit: PER_PAGE } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

/** Of all members at once, to choose from; more than these are not offered. */
const MAX_PAGES = 25;

export const allMembersQuery = (id: number) =>
  queryOptions({
    queryKey: keys.allMembers,
    async queryFn({ signal }) {
      const members: Member[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const params = { path: { id }, query: { cursor, limit: PER_PAGE } };
        const answer = await bodyOf(client.GET('/orgs/{id}/members', { params, signal }));
        members.push(...answer.items);
        if (answer.next_cursor === null) break;
        cursor = answer.next_cursor;
      }
      return members;
    },
  });

/** The version of a member is the role. */
export const changeMember = (id: number, { user_id, role }: Member, body: MemberInput) =>
  bodyOf(
    client.PATCH('/orgs/{id}/members/{user_id}', {
      params: { path: { id, user_id }, header: ifMatch(role) },
      body,
    }),
  );

/** Reads a member again: there is only the list of all. */
export async function readMember(id: number, user: number): Promise<Member> {
  let cursor: string | undefined;
  do {
    const query = { cursor, limit: PER_PAGE };
    const page = await bodyOf(client.GET('/orgs/{id}/members', { params: { path: { id }, query } }));
    const member = page.items.find(({ user_id }) => user_id === user);
    if (member) return member;
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  throw deleted();
}

/** All there can be. */
export const tagNamesQuery = queryOptions({
  queryKey: keys.tagNames,
  async queryFn({ signal }) {
    const page = await bodyOf(client.GET('/tags', { params: { query: { limit: 200 } }, signal }));
    return page.items.map(({ name }) => name);
  },
});

export const removeMember = (id: number, user: number) =>
  client.DELETE('/orgs/{id}/members/{user_id}', { params: { path: { id, user_id: user } } });

export const memberInvitationsQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: keys.memberInvitations,
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/orgs/{id}/invitations', {
          params: { path: { id }, query: { cursor, limit: PER_PAGE } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export const inviteMember = (id: number, input: MemberInvitationInput) =>
  bodyOf(client.POST('/orgs/{id}/invitations', { params: { path: { id } }, body: input }));

export const resendInvitation = (id: number, invitation: string) =>
  bodyOf(client.POST('/orgs/{id}/invitations/{invitation}/resend', { params: { path: { id, invitation } } }));

export const withdrawInvitation = (id: number, invitation: string) =>
  client.DELETE('/orgs/{id}/invitations/{invitation}', { params: { path: { id, invitation } } });

/** What the link of an invitation is about. */
export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: keys.invitation(token),
    queryFn: ({ signal }) => bodyOf(anonymous.POST('/invitations/look-up', { body: { token }, signal })),
  });

export const acceptInvitation = (token: string) =>
  bodyOf(client.POST('/invitations/accept', { body: { token } }));
