import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { monitorIncidentsQuery } from '@/api/incidents';
import type { Incident } from '@/api/types';
import { Button } from '@/components/button';
import { usePollInterval } from '@/components/live';
import { Loading, QueryView } from '@/components/query';
import { IncidentList } from './incident-list';

const FEW = 5;

function SomeIncidents({ incidents }: { incidents: Incident[] }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <IncidentList incidents={all ? incidents : incidents.slice(0, FEW)} named={false} />
      {incidents.length > FEW && (
        <div className="mt-3 text-center">
          <Button variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show the last ${incidents.length}`}
          </Button>
        </div>
      )}
    </>
  );
}

export function MonitorIncidents({ id }: { id: number }) {
  const query = useQuery({ ...monitorIncidentsQuery(id), refetchInterval: usePollInterval() });
  return (
    <QueryView query={query} loading={<Loading rows={2} />}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="card px-5 py-8 text-center text-ink-soft text-sm">This monitor had no incident.</p>
        ) : (
          <SomeIncidents incidents={items} />
        )
      }
    </QueryView>
  );
}
