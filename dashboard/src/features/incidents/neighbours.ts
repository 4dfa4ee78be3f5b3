import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ongoingIncidentsQuery, pastIncidentsQuery } from '@/api/incidents';
import type { Incident } from '@/api/models';
import { useAsOf } from '@/components/as-of/as-of';

export interface Neighbours {
  /** The one before and the one after in the list of incidents; null where there is none. */
  previous: Incident | null;
  next: Incident | null;
}

/**
 * Its neighbours in the list of incidents: those that are ongoing, and then those that are over. Null while it is not in
 * what is known of the list. What follows the ongoing ones is only known when all of those are.
 */
export function neighboursOf(
  id: string,
  ongoing: readonly Incident[],
  hasAllOngoing: boolean,
  past: readonly Incident[],
): Neighbours | null {
  const over = past.filter((incident) => !ongoing.some((other) => other.id === incident.id));
  const isOngoing = ongoing.some((incident) => incident.id === id);
  const list = hasAllOngoing ? [...ongoing, ...over] : isOngoing ? ongoing : over;
  const at = list.findIndex((incident) => incident.id === id);
  if (at === -1) return null;
  return { previous: list[at - 1] ?? null, next: list[at + 1] ?? null };
}

/** The list is not loaded further to find an old incident in it. */
const MAX_PAGES = 4;

/** The neighbours of an incident; null where it is too far down the list. */
export function useNeighbours(id: string): Neighbours | null {
  const at = useAsOf();
  const ongoing = useInfiniteQuery(ongoingIncidentsQuery('', at));
  const past = useInfiniteQuery(pastIncidentsQuery('', at));
  const itemsOf = (query: typeof ongoing) => query.data?.pages.flatMap(({ items }) => items) ?? [];
  const neighbours = neighboursOf(id, itemsOf(ongoing), !ongoing.hasNextPage, itemsOf(past));
  const isShort = ongoing.isSuccess && past.isSuccess && (neighbours?.next ?? null) === null;
  const shorter = [ongoing, past].find(
    ({ hasNextPage, isFetchNextPageError, data }) =>
      hasNextPage && !isFetchNextPageError && (data?.pages.length ?? 0) < MAX_PAGES,
  );
  const isLoading = ongoing.isFetchingNextPage || past.isFetchingNextPage;
  const more = isShort && !isLoading ? shorter?.fetchNextPage : undefined;
  useEffect(() => void more?.(), [more]);
  return ongoing.isSuccess && past.isSuccess ? neighbours : null;
}
