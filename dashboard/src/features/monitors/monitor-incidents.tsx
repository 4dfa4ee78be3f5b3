import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { monitorIncidentsQuery } from '@/api/incidents';
import { useAsOf } from '@/components/as-of/as-of';
import { Button } from '@/components/button';
import { IncidentList } from '@/components/incident-list';
import { usePollInterval } from '@/components/live';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { common } from '@/messages/common';
import { incidentCount } from '@/messages/incidents';

const COLLAPSED_COUNT = 5;

export function MonitorIncidents({ id }: { id: number }) {
  const query = useInfiniteQuery({
    ...monitorIncidentsQuery(id, useAsOf()),
    refetchInterval: usePollInterval(),
  });
  const [expanded, setExpanded] = useState(false);
  return (
    <QueryView query={query} loading={<Loading rows={2} />}>
      {({ pages }) => {
        const incidents = pages.flatMap((page) => page.items);
        if (incidents.length === 0) {
          return <p className="card px-5 py-8 text-center text-ink-soft text-sm">{incidentCount(0)}</p>;
        }
        return (
          <>
            <IncidentList
              incidents={expanded ? incidents : incidents.slice(0, COLLAPSED_COUNT)}
              showMonitor={false}
            />
            {expanded && <ShowMore query={query} shown={incidents.length} />}
            {incidents.length > COLLAPSED_COUNT && (
              <div className="mt-3 text-center">
                <Button variant="ghost" aria-expanded={expanded} onClick={() => setExpanded(!expanded)}>
                  {expanded ? common.showFewer : common.showMore}
                </Button>
              </div>
            )}
          </>
        );
      }}
    </QueryView>
  );
}
