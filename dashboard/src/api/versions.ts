import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Monitor, VersionDifference } from './models';
import { readMonitor } from './monitors';
import { deleted } from './problem';
import { bodyOf, ifMatch } from './transport';

/** The versions of a monitor, the newest first. */
export const versionsQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: keys.versionList(id),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/monitors/{id}/versions', {
          params: { path: { id }, query: { cursor, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
    // Looking again shows what has been changed since.
    staleTime: 0,
  });

const readVersion = (id: number, version: number, against: number | null, signal?: AbortSignal) =>
  bodyOf(
    client.GET('/monitors/{id}/versions/{version}', {
      params: { path: { id, version }, query: { against: against ?? undefined } },
      signal,
    }),
  );

/** One version, with what differs from another; null is the one before it. */
export const versionQuery = (id: number, version: number, against: number | null) =>
  queryOptions({
    queryKey: keys.version(id, version, against),
    queryFn: ({ signal }) => readVersion(id, version, against, signal),
  });

export interface RestorePreview {
  /** As it is now. */
  monitor: Monitor;
  /** The version that holds now. */
  current: number;
  differences: VersionDifference[];
}

/** What restoring a version would change now. */
export const restorePreviewQuery = (id: number, version: number) =>
  queryOptions({
    queryKey: keys.restorePreview(id, version),
    async queryFn({ signal }): Promise<RestorePreview> {
      // The monitor first: restoring is then refused if it was changed after what is shown was compared with it.
      const monitor = await readMonitor(id);
      const { items } = await bodyOf(
        client.GET('/monitors/{id}/versions', { params: { path: { id }, query: { limit: 1 } }, signal }),
      );
      const current = items[0]?.version;
      if (current === undefined) throw deleted();
      if (current === version) return { monitor, current, differences: [] };
      const { differences } = await readVersion(id, version, current, signal);
      return { monitor, current, differences };
    },
    // What somebody is asked to agree to does not change on its own.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** Makes the definition of a version hold again, unless the monitor was changed since. */
export const restoreVersion = ({ id, version: held }: Pick<Monitor, 'id' | 'version'>, version: number) =>
  bodyOf(
    client.POST('/monitors/{id}/versions/{version}/restore', {
      params: { path: { id, version }, header: ifMatch(held) },
    }),
  );
