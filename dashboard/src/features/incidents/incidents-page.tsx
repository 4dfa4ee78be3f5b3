import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { ongoingIncidentsQuery, pastIncidentsQuery } from '@/api/incidents';
import { summaryQuery } from '@/api/monitors';
import { IncidentList } from '@/components/incident-list';
import { usePollInterval } from '@/components/live';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { TagFilter } from '@/components/tags';
import { incidentMessages, ongoingCount } from '@/messages/incidents';
import { PAGE_TITLES } from '@/messages/terms';

interface Props {
  query: ReturnType<typeof ongoingIncidentsQuery>;
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
  const { tag = '' } = useSearch({ from: '/logged-in/incidents' });
  const navigate = useNavigate({ from: '/incidents' });
  // The summary counts those of all monitors.
  const total = tag === '' ? summary?.open_incidents : undefined;
  return (
    <>
      <PageHeader title={PAGE_TITLES.incidents}>
        <TagFilter
          value={tag}
          onChange={(next) => navigate({ search: next ? { tag: next } : {}, replace: true })}
        />
      </PageHeader>
      <Section title={incidentMessages.ongoing}>
        <Incidents query={ongoingIncidentsQuery(tag)} empty={ongoingCount(0)} total={total} />
      </Section>
      <Section title="Past">
        <Incidents query={pastIncidentsQuery(tag)} empty="No past incidents" />
      </Section>
    </>
  );
}
