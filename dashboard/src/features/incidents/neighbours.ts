import { useQuery } from '@tanstack/react-query';
import { incidentOrderQuery } from '@/api/incidents';
import type { Incident } from '@/api/models';
import { useAsOf } from '@/components/as-of/as-of';
import { usePollInterval } from '@/components/live';

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

/** The neighbours of an incident; null where it is too far down the list. */
export function useNeighbours(id: string): Neighbours | null {
  const at = useAsOf();
  const { data } = useQuery({ ...incidentOrderQuery(id, at), refetchInterval: usePollInterval() });
  return data ? neighboursOf(id, data.ongoing, data.hasAllOngoing, data.past) : null;
}
