import { useQuery } from '@tanstack/react-query';
import { monitorIncidentsQuery } from '@/api/incidents';
import { usePollInterval } from '@/components/live';
import { Loading, QueryView } from '@/components/query';
import { IncidentList } from './incident-list';

export function MonitorIncidents({ id }: { id: number }) {
  const query = useQuery({ ...monitorIncidentsQuery(id), refetchInterval: usePollInterval() });
  return (
    <QueryView query={query} loading={<Loading rows={2} />}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="card px-5 py-8 text-center text-ink-soft text-sm">This monitor had no incident.</p>
        ) : (
          <IncidentList incidents={items} named={false} />
        )
      }
    </QueryView>
  );
}
