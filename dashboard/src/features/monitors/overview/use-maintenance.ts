import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { MaintenanceWindow } from '@/api/models';
import { type MonitorPages, monitorListQuery } from '@/api/monitors';
import { type Coverage, covers, inMaintenance, maybeActive } from '@/api/occurrence';
import { windowsQuery } from '@/api/windows';
import { useAsOf } from '@/components/as-of/as-of';
import { useOccurrences } from '@/components/use-occurrences';
import { useNow } from '@/lib/now';

const REFETCH_MS = 5 * 60_000;
/** Windows begin and end by the minute. */
const STEP_MS = 5_000;
const NONE: readonly MaintenanceWindow[] = [];

/** Of which monitors maintenance is under way, by the windows; null where that is not known, as of an earlier time. */
export function useMaintenance() {
  const isPast = useAsOf() !== null;
  const now = useNow(STEP_MS);
  const query = useQuery({ ...windowsQuery, enabled: !isPast, refetchInterval: REFETCH_MS });
  const { data } = query;
  const windows = useMemo(() => (data && !isPast ? maybeActive(data.items, now) : null), [data, isPast, now]);
  const occurrences = useOccurrences(windows ?? NONE);
  const coverage = useMemo(
    () => (windows && occurrences ? inMaintenance(windows, occurrences, now) : null),
    [windows, occurrences, now],
  );
  return { coverage, query };
}

const ALL = { q: '', state: '', kind: '', tag: '' } as const;

/** How many monitors are in maintenance; null until all of them are loaded. */
export function useMaintenanceCount(coverage: Coverage | null): number | null {
  const { data = null } = useInfiniteQuery({
    ...monitorListQuery(ALL),
    // Whoever filters sees the count of what was loaded before.
    enabled: false,
    select({ pages }: MonitorPages) {
      if (coverage === null || pages.at(-1)?.next_cursor !== null) return null;
      return pages
        .flatMap(({ items }) => items)
        .reduce((sum, each) => sum + Number(covers(coverage, each)), 0);
    },
  });
  return data;
}
