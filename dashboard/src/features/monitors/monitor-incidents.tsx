import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { monitorIncidentsQuery } from '@/api/incidents';
import type { Incident } from '@/api/models';
import { Button } from '@/components/button';
import { IncidentList } from '@/components/incident-list';
import { usePollInterval } from '@/components/live';
import { Loading, QueryView } from '@/components/query';
import { common } from '@/messages/common';
import { incidentCount } from '@/messages/incidents';
import { monitorMessages } from './messages';

const COLLAPSED_COUNT = 5;

function CollapsibleList({ incidents }: { incidents: Incident[] }) {
  const [expanded, setExpanded] = useState(false);
  return (
    <>
      <IncidentList
        incidents={expanded ? incidents : incidents.slice(0, COLLAPSED_COUNT)}
        showMonitor={false}
      />
      {incidents.length > COLLAPSED_COUNT && (
        <div className="mt-3 text-center">
          <Button variant="ghost" aria-expanded={expanded} onClick={() => setExpanded(!expanded)}>
            {expanded ? common.showFewer : monitorMessages.showLastIncidents(incidents.length)}
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
          <p className="card px-5 py-8 text-center text-ink-soft text-sm">{incidentCount(0)}</p>
        ) : (
          <CollapsibleList incidents={items} />
        )
      }
    </QueryView>
  );
}
