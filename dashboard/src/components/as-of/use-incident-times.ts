import { useQuery } from '@tanstack/react-query';
import { useMatches } from '@tanstack/react-router';
import { incidentTimesOfQuery, incidentTimesQuery } from '@/api/incidents';

const NONE: readonly string[] = [];

/** When incidents of what the page is about began and ended; of many only the latest. */
export function useIncidentTimes(): readonly string[] {
  const monitorId = useMatches({ select: (matches) => Number(paramOf(matches.at(-1), 'monitorId') ?? 0) });
  const incident = useMatches({ select: (matches) => paramOf(matches.at(-1), 'incidentId') ?? '' });
  const ofOne = useQuery({ ...incidentTimesOfQuery(incident), enabled: incident !== '' });
  const ofMany = useQuery({ ...incidentTimesQuery(monitorId || null), enabled: incident === '' });
  return (incident === '' ? ofMany : ofOne).data ?? NONE;
}

function paramOf(page: { params: object } | undefined, name: string): string | undefined {
  const value = (page?.params as Record<string, unknown> | undefined)?.[name];
  return value === undefined ? undefined : String(value);
}
