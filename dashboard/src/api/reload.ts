import type { QueryCache, QueryClient, QueryFilters } from '@tanstack/react-query';
import { keys } from './keys';
import { applyStatusTo } from './live-cache';
import type { StatusEvent } from './models';

/**
 * Loads queries again, until all of them have their answers. What is loading for the first time follows: its answer may
 * be older than what changed.
 */
export async function reload(cache: QueryClient, filters: QueryFilters = {}): Promise<void> {
  const underway = cache
    .getQueryCache()
    .findAll(filters)
    .filter(({ state }) => state.fetchStatus === 'fetching' && state.data === undefined);
  const following = underway.map(({ promise, queryKey }) =>
    promise?.then(
      () => cache.invalidateQueries({ queryKey, exact: true }),
      // Failed queries are tried again anyway.
      () => {},
    ),
  );
  await Promise.all([cache.invalidateQueries(filters), ...following]);
}

const hasStatuses = ([scope, part, , detail]: readonly unknown[]) =>
  scope === keys.monitorLists[0] &&
  (part === keys.monitorLists[1] || (part === 'one' && detail === undefined));

/**
 * Status events that come while monitors are being loaded. The answer may be older than they are, so they are
 * applied to it once it is there.
 */
export function keepStatuses(cache: QueryClient) {
  const underway = new Map<string, StatusEvent[]>();
  const queries: QueryCache = cache.getQueryCache();
  const stop = queries.subscribe((change) => {
    const { query } = change;
    if (change.type === 'removed') underway.delete(query.queryHash);
    if (change.type !== 'updated' || !hasStatuses(query.queryKey)) return;
    const { action } = change;
    if (action.type === 'fetch') underway.set(query.queryHash, []);
    if (action.type === 'error') underway.delete(query.queryHash);
    if (action.type !== 'success' || action.manual) return;
    const missed = underway.get(query.queryHash) ?? [];
    underway.delete(query.queryHash);
    for (const event of missed) applyStatusTo(cache, query.queryKey, event);
  });
  return {
    add(event: StatusEvent): void {
      for (const events of underway.values()) events.push(event);
    },
    stop,
  };
}
