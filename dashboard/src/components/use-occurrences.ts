import { useQueries } from '@tanstack/react-query';
import type { MaintenanceWindow } from '@/api/models';
import type { KnownOccurrences } from '@/api/occurrence';
import { occurrencesQuery } from '@/api/windows';

/** Windows of which the server is asked for the next occurrences, at most; of others those are shown that are planned. */
const MAX_ASKED = 50;
const REFETCH_MS = 5 * 60_000;

/** The next occurrences of windows; null until it is known where each of them belongs. */
export function useOccurrences(windows: readonly MaintenanceWindow[]): KnownOccurrences | null {
  const asked = windows.slice(0, MAX_ASKED);
  return useQueries({
    queries: asked.map(({ id }) => ({
      ...occurrencesQuery(id),
      staleTime: REFETCH_MS,
      refetchInterval: REFETCH_MS,
    })),
    combine(answers) {
      const isMissing = ({ isPending }: { isPending: boolean }, at: number) => {
        const window = asked[at];
        return isPending && window && 'repeat' in window && window.repeat === 'recurring';
      };
      if (answers.some(isMissing)) return null;
      const known = answers.flatMap(({ data }, at) =>
        data && asked[at] ? [[asked[at].id, data] as const] : [],
      );
      return new Map(known);
    },
  });
}
