import { useQuery } from '@tanstack/react-query';
import { drillSchedulesQuery } from '@/api/drills';
import type { Drill } from '@/api/models';
import { startedBy } from './messages';

/** Who has started a drill, by name. */
export function useStarter(): (drill: Drill) => string {
  const { data } = useQuery(drillSchedulesQuery);
  const names = data ? new Map(data.items.map(({ id, name }) => [id, name])) : null;
  return (drill) => startedBy(drill, names);
}
