import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { ongoingIncidentsQuery, pastIncidentsQuery } from '@/api/incidents';
import { summaryQuery } from '@/api/monitors';
import { IncidentList } from '@/components/incident-list';
import { usePollInterval } from '@/components/live';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { incidentMessages, ongoingCount } from '@/messages/incidents';
import { PAGE_TITLES } from '@/messages/terms';

interface Props {
  query: typeof ongoingIncidentsQuery;
  /** What is said of an empty list. */
  empty: string;
  total?: number | undefined;
}

function Incidents({ query: options, empty, total }: Props) {
  const query = useInfiniteQuery({ ...options, refetchInterval: usePollInterval() });
  return (
    <QueryView query={query} loading={<Loading rows={2} className="h-20" />}>
      {({ pages }) => {
        const incidents = pages.flatMap((page) => page.items);
        return incidents.length === 0 ? (
          <p className="card flex items-center justify-center gap-2 px-5 py-8 text-ink-soft text-sm">
            <CircleCheck className="size-4.5 text-up" aria-hidden />
            {empty}
          </p>
        ) : (
          <>
            <IncidentList incidents={incidents} />
            <ShowMore query={query} shown={incidents.length} total={total} />
          </>
        );
      }}
    </QueryView>
  );
}

export function IncidentsPage() {
  const { data: summary } = useQuery(summaryQuery);
  return (
    <>
      <PageHeader title={PAGE_TITLES.incidents} />
      <Section title={incidentMessages.ongoing}>
        <Incidents query={ongoingIncidentsQuery} empty={ongoingCount(0)} total={summary?.open_incidents} />
      </Section>
      <Section title="Past">
        <Incidents query={pastIncidentsQuery} empty="No past incidents" />
      </Section>
    </>
  );
}
