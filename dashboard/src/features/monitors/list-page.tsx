import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, Plus, SearchX } from 'lucide-react';
import { openIncidentsQuery } from '@/api/incidents';
import { monitorListQuery, stateOf, summaryQuery } from '@/api/monitors';
import { KINDS } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { Select } from '@/components/field';
import { usePollInterval } from '@/components/live';
import { PageHeader } from '@/components/page';
import { FailedQueries, Loading, QueryView } from '@/components/query';
import { SearchBox } from '@/components/search-box';
import { useCanEdit } from '../auth/use-session';
import { OngoingIncidents } from '../incidents/ongoing-incidents';
import { KIND_LOOKS } from './kinds';
import { MonitorList } from './monitor-list';
import { Summary } from './summary';

function FirstMonitor() {
  return (
    <EmptyState
      icon={Activity}
      title="Nothing is monitored yet"
      action={
        <Link to="/monitors/new" className={buttonClass('primary')}>
          <Plus className="size-4" aria-hidden />
          Add the first monitor
        </Link>
      }
    >
      Enter a URL, and it is checked every minute from then on. You see each result here and hear of it when
      something is DOWN.
    </EmptyState>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={SearchX}
      title="No monitor matches"
      action={<Button onClick={onClear}>Show all</Button>}
    >
      There are monitors, but none for this search, state and kind.
    </EmptyState>
  );
}

export function MonitorsPage() {
  const search = useSearch({ from: '/logged-in/' });
  const navigate = useNavigate({ from: '/' });
  const filter = { q: search.q ?? '', state: search.state ?? '', kind: search.kind ?? '' };
  const refetchInterval = usePollInterval();
  const list = useInfiniteQuery({
    ...monitorListQuery(filter),
    refetchInterval,
    placeholderData: keepPreviousData,
  });
  const summary = useQuery({ ...summaryQuery, refetchInterval });
  const incidents = useQuery(openIncidentsQuery);
  const canEdit = useCanEdit();
  const isFiltered = filter.q !== '' || filter.state !== '' || filter.kind !== '';
  const isEmpty = list.data?.pages[0]?.items.length === 0;
  const setFilter = (change: Partial<Record<keyof typeof search, string | undefined>>) =>
    navigate({ search: (old) => ({ ...old, ...change }) as typeof search, replace: true });

  return (
    <>
      <PageHeader title="Monitors">
        {canEdit && (
          <Link to="/monitors/new" className={buttonClass('primary')}>
            <Plus className="size-4" aria-hidden />
            Add monitor
          </Link>
        )}
      </PageHeader>

      <FailedQueries queries={[list, summary, incidents]} />

      <QueryView query={summary} hideError loading={<Loading rows={1} className="h-24" />}>
        {(data) => <Summary data={data} chosen={search.state} onChoose={(state) => setFilter({ state })} />}
      </QueryView>

      <OngoingIncidents incidents={incidents.data?.items ?? []} />

      {(isFiltered || !isEmpty) && (
        <div className="mt-8 mb-3 flex gap-2">
          <SearchBox shortcut value={filter.q} onChange={(q) => setFilter({ q: q || undefined })} />
          <div className="w-32 shrink-0 sm:w-40">
            <Select
              aria-label="Kind"
              value={filter.kind}
              onChange={({ target }) => setFilter({ kind: target.value || undefined })}
            >
              <option value="">All kinds</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {KIND_LOOKS[kind].label}
                </option>
              ))}
            </Select>
          </div>
        </div>
      )}

      <QueryView query={list} hideError loading={<Loading rows={5} />}>
        {({ pages }) => {
          const monitors = pages
            .flatMap((page) => page.items)
            .filter((monitor) => filter.state === '' || stateOf(monitor) === filter.state);
          if (monitors.length === 0) {
            return isFiltered ? (
              <NoMatch onClear={() => setFilter({ q: undefined, state: undefined, kind: undefined })} />
            ) : (
              <FirstMonitor />
            );
          }
          return (
            <MonitorList
              // From the top again.
              key={JSON.stringify(filter)}
              monitors={monitors}
              isFetchingMore={list.isFetchingNextPage}
              fetchMore={list.hasNextPage ? list.fetchNextPage : null}
            />
          );
        }}
      </QueryView>
    </>
  );
}
