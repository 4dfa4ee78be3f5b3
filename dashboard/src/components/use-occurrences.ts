import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { MaintenanceOccurrence, MaintenanceWindow } from '@/api/models';
import type { KnownOccurrences } from '@/api/occurrence';
import { occurrencesQuery } from '@/api/windows';

/** Windows of which the server is asked for the next occurrences, at most; of others those are shown that are planned. */
const MAX_ASKED = 50;
const REFETCH_MS = 5 * 60_000;

interface Answer {
  data: MaintenanceOccurrence[] | undefined;
  isPending: boolean;
}

// The same from one rendering to the next, so that an answer that is the same is not a new one.
const answersOf = (queries: readonly Answer[]): Answer[] =>
  queries.map(({ data, isPending }) => ({ data, isPending }));

/** The next occurrences of windows; null until it is known where each of them belongs. */
export function useOccurrences(windows: readonly MaintenanceWindow[]): KnownOccurrences | null {
  const asked = useMemo(() => windows.slice(0, MAX_ASKED), [windows]);
  const answers = useQueries({
    queries: asked.map(({ id }) => ({
      ...occurrencesQuery(id),
      staleTime: REFETCH_MS,
      refetchInterval: REFETCH_MS,
    })),
    combine: answersOf,
  });
  return useMemo(() => {
    const known = new Map<number, MaintenanceOccurrence[]>();
    for (const [at, window] of asked.entries()) {
      const { data, isPending = true } = answers[at] ?? {};
      if (isPending && 'repeat' in window && window.repeat === 'recurring') return null;
      if (data) known.set(window.id, data);
    }
    return known;
  }, [asked, answers]);
}
