import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { AccountDeletionInput, Export, OrganisationDeletionInput, Proof } from './models';
import { bodyOf } from './transport';

export const accountDeletionQuery = queryOptions({
  queryKey: keys.accountDeletion,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/deletion', { signal })),
});

export const deleteAccount = (body: AccountDeletionInput) => bodyOf(client.POST('/me/deletion', { body }));

export const cancelAccountDeletion = () => client.DELETE('/me/deletion');

export const organisationDeletionQuery = (id: number) =>
  queryOptions({
    queryKey: keys.organisationDeletion,
    queryFn: ({ signal }) => bodyOf(client.GET('/orgs/{id}/deletion', { params: { path: { id } }, signal })),
  });

export const deleteOrganisation = (id: number, body: OrganisationDeletionInput) =>
  bodyOf(client.POST('/orgs/{id}/deletion', { params: { path: { id } }, body }));

export const cancelOrganisationDeletion = (id: number) =>
  client.DELETE('/orgs/{id}/deletion', { params: { path: { id } } });

const PENDING_POLL_MS = 5_000;

/** Of the account and of its organisations. */
export const exportsQuery = queryOptions({
  queryKey: keys.exports,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/exports', { signal })),
  refetchInterval: ({ state }) =>
    state.data?.items.some(({ status }) => status === 'pending') ? PENDING_POLL_MS : false,
});

export const exportAccount = () => bodyOf(client.POST('/me/exports'));

export const exportOrganisation = (id: number) =>
  bodyOf(client.POST('/orgs/{id}/exports', { params: { path: { id } } }));

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** The parts of an archive one after the other, once who asks has opened it. */
export async function downloadExport({ id, parts }: Export, proof: Proof): Promise<Blob> {
  await client.POST('/me/exports/{id}/open', {
    params: { path: { id } },
    body: proof,
  });
  const read: Uint8Array<ArrayBuffer>[] = [];
  for (let number = 0; number < parts; number += 1) {
    const part = await bodyOf(
      client.GET('/me/exports/{id}/parts/{number}', { params: { path: { id, number } } }),
    );
    read.push(bytesOf(part.data));
  }
  return new Blob(read, { type: 'application/zip' });
}

export const accountEventsQuery = infiniteQueryOptions({
  queryKey: keys.accountEvents,
  queryFn: ({ pageParam: cursor, signal }) =>
    bodyOf(client.GET('/me/audit-log', { params: { query: { cursor, limit: 20 } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor,
});
