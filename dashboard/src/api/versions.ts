import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys, type VersionedKind } from './keys';
import type { EscalationPolicy, MonitorVersionDetail, VersionDifference } from './models';
import { deleted } from './problem';
import { bodyOf, ifMatch } from './transport';

/** What has versions. */
export interface Subject {
  kind: VersionedKind;
  id: number;
}

/** What everything that has versions says of itself. */
export type Versioned = Pick<EscalationPolicy, 'id' | 'version' | 'name' | 'created_at'>;

/** A version; what its definition is made of depends on what it is of. */
export type VersionDetail = Omit<MonitorVersionDetail, 'definition'> & { definition: object };

// The paths are alike, and so is what they answer but for the definition: one of them stands for all.
const listPath = (kind: VersionedKind) => `/${kind}/{id}/versions` as '/monitors/{id}/versions';
const onePath = (kind: VersionedKind) => `${listPath(kind)}/{version}` as '/monitors/{id}/versions/{version}';
const restorePath = (kind: VersionedKind) =>
  `${onePath(kind)}/restore` as '/monitors/{id}/versions/{version}/restore';

const readVersioned = ({ kind, id }: Subject): Promise<Versioned> =>
  bodyOf(client.GET(`/${kind}/{id}` as '/escalation-policies/{id}', { params: { path: { id } } }));

/** What has versions, as it is now. */
export const versionedQuery = (of: Subject) =>
  queryOptions({ queryKey: keys.versioned(of.kind, of.id), queryFn: () => readVersioned(of) });

/** The versions of something, the newest first. */
export const versionsQuery = ({ kind, id }: Subject) =>
  infiniteQueryOptions({
    queryKey: keys.versionList(kind, id),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(client.GET(listPath(kind), { params: { path: { id }, query: { cursor, limit: 50 } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
    // Looking again shows what has been changed since.
    staleTime: 0,
  });

const readVersion = (
  { kind, id }: Subject,
  version: number,
  against: number | null,
  signal?: AbortSignal,
): Promise<VersionDetail> =>
  bodyOf(
    client.GET(onePath(kind), {
      params: { path: { id, version }, query: { against: against ?? undefined } },
      signal,
    }),
  );

/** One version, with what differs from another; null is the one before it. */
export const versionQuery = (of: Subject, version: number, against: number | null) =>
  queryOptions({
    queryKey: keys.version(of.kind, of.id, version, against),
    queryFn: ({ signal }) => readVersion(of, version, against, signal),
  });

export interface RestorePreview {
  /** As it is now. */
  item: Versioned;
  /** The version that holds now. */
  current: number;
  differences: VersionDifference[];
}

/** What restoring a version would change now. */
export const restorePreviewQuery = (of: Subject, version: number) =>
  queryOptions({
    queryKey: keys.restorePreview(of.kind, of.id, version),
    async queryFn({ signal }): Promise<RestorePreview> {
      // It comes first: restoring is then refused if it was changed after what is shown was compared with it.
      const item = await readVersioned(of);
      const params = { path: { id: of.id }, query: { limit: 1 } };
      const { items } = await bodyOf(client.GET(listPath(of.kind), { params, signal }));
      const current = items[0]?.version;
      if (current === undefined) throw deleted();
      if (current === version) return { item, current, differences: [] };
      const { differences } = await readVersion(of, version, current, signal);
      return { item, current, differences };
    },
    // What somebody is asked to agree to does not change on its own.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** Makes the definition of a version hold again, unless it was changed since. */
export const restoreVersion = (
  { kind, id }: Subject,
  { version: held }: Versioned,
  version: number,
): Promise<Versioned> =>
  bodyOf(client.POST(restorePath(kind), { params: { path: { id, version }, header: ifMatch(held) } }));
