import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { allIncidentsQuery, openIncidentsQuery } from '@/api/incidents';
import { Button } from '@/components/button';
import { IncidentList } from '@/components/incident-list';
import { usePollInterval } from '@/components/live';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { common } from '@/messages/common';
import { incidentMessages, ongoingCount } from '@/messages/incidents';
import { PAGE_TITLES } from '@/messages/terms';

function EmptyNotice({ children }: { children: string }) {
  return (
    <p className="card flex items-center justify-center gap-2 px-5 py-8 text-ink-soft text-sm">
      <CircleCheck className="size-4.5 text-up" aria-hidden />
      {children}
    </p>
  );
}

function PastIncidents() {
  const query = useInfiniteQuery({ ...allIncidentsQuery, refetchInterval: usePollInterval() });
  return (
    <QueryView query={query} loading={<Loading rows={4} className="h-20" />}>
      {({ pages }) => {
        const past = pages.flatMap((page) => page.items).filter((incident) => incident.resolved_at !== null);
        return (
          <>
            {past.length > 0 && <IncidentList incidents={past} />}
            {past.length === 0 && !query.hasNextPage && <EmptyNotice>No past incidents</EmptyNotice>}
            {query.hasNextPage && (
              <div className="mt-4 text-center">
                <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                  {common.showMore}
                </Button>
              </div>
            )}
          </>
        );
      }}
    </QueryView>
  );
}

export function IncidentsPage() {
  const ongoing = useQuery(openIncidentsQuery);
  return (
    <>
      <PageHeader title={PAGE_TITLES.incidents} />
      <Section title={incidentMessages.ongoing}>
        <QueryView query={ongoing} loading={<Loading rows={1} className="h-20" />}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyNotice>{ongoingCount(0)}</EmptyNotice>
            ) : (
              <IncidentList incidents={items} />
            )
          }
        </QueryView>
      </Section>
      <Section title="Past">
        <PastIncidents />
      </Section>
    </>
  );
}
