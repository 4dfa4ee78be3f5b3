import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, History, Plus, SearchX, TagIcon } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { refusedInstant } from '@/api/as-of';
import { ongoingIncidentsQuery } from '@/api/incidents';
import type { MonitorFilter } from '@/api/keys';
import { monitorListQuery, stateOf, summaryQuery } from '@/api/monitors';
import { useCan } from '@/api/use-session';
import { useAsOf } from '@/components/as-of/as-of';
import { LeftOut } from '@/components/as-of/notes';
import { ViewEarlier } from '@/components/as-of/view-earlier';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { Select } from '@/components/field';
import { usePollInterval } from '@/components/live';
import { PageHeader } from '@/components/page';
import { FailedQueries, Loading, QueryView } from '@/components/query';
import { SearchBox } from '@/components/search-box';
import { TagFilter } from '@/components/tags';
import { asOfMessages } from '@/messages/as-of';
import { common } from '@/messages/common';
import { whoMay } from '@/messages/roles';
import { tagMessages } from '@/messages/tags';
import { PAGE_TITLES } from '@/messages/terms';
import { BulkBar } from './bulk-bar';
import { KIND_MESSAGES, MONITOR_KINDS, monitorMessages } from './messages';
import { GroupToggle, MonitorGroups } from './monitor-groups';
import { MonitorList } from './monitor-list';
import { OngoingIncidents } from './ongoing-incidents';
import { Summary } from './summary';

function FirstMonitor({ canEdit }: { canEdit: boolean }) {
  return (
    <EmptyState
      icon={Activity}
      title="No monitors yet"
      action={
        canEdit && (
          <Link to="/monitors/new" className={buttonClass('primary')}>
            <Plus className="size-4" aria-hidden />
            {monitorMessages.addFirstMonitor}
          </Link>
        )
      }
    >
      {canEdit
        ? 'Enter a URL to check it every minute. Results appear here, and you get notified when it goes down.'
        : whoMay('manageMonitors')}
    </EmptyState>
  );
}

/** As of an instant a page may have none of what is filtered, although a later one does. */
function NextPage({ isFetching, fetch }: { isFetching: boolean; fetch: () => unknown }) {
  useEffect(() => {
    if (!isFetching) fetch();
  }, [isFetching, fetch]);
  return <Loading rows={5} />;
}

function NoMonitorsThen() {
  return (
    <EmptyState icon={History} title={asOfMessages.noMonitors}>
      {asOfMessages.noMonitorsHint}
    </EmptyState>
  );
}

function NoMatches({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={SearchX}
      title={common.noMatches}
      action={<Button onClick={onClear}>Clear filters</Button>}
    >
      Try another search, state, type or tag.
    </EmptyState>
  );
}

export function MonitorsPage() {
  const search = useSearch({ from: '/logged-in/' });
  const navigate = useNavigate({ from: '/' });
  const filter: MonitorFilter = {
    q: search.q ?? '',
    state: search.state ?? '',
    kind: search.kind ?? '',
    tag: search.tag ?? '',
  };
  const [selected, setSelected] = useState<ReadonlySet<number> | null>(null);
  const onSelect = useCallback((ids: readonly number[], isSelected: boolean) => {
    setSelected((old) => {
      const next = new Set(old);
      for (const id of ids) {
        if (isSelected) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }, []);
  const at = useAsOf();
  const refetchInterval = usePollInterval();
  const list = useInfiniteQuery({ ...monitorListQuery(filter, at), refetchInterval });
  const summary = useQuery({ ...summaryQuery(at), refetchInterval });
  const incidents = useInfiniteQuery(ongoingIncidentsQuery('', at));
  const ongoing = incidents.data?.pages.flatMap((page) => page.items) ?? [];
  // What refuses the counts alone is how many monitors there are, and not the time.
  const isUncounted = at !== null && refusedInstant(summary.error) !== null && !list.isLoadingError;
  const canManage = useCan('manageMonitors');
  const canEdit = canManage && at === null;
  const isGrouped = search.group === 'tag';
  const isFiltered = filter.q !== '' || filter.state !== '' || filter.kind !== '' || filter.tag !== '';
  const isEmpty = list.data?.pages[0]?.items.length === 0;
  const setFilter = (change: { [key in keyof typeof search]: unknown }) =>
    navigate({ search: (old) => ({ ...old, ...change }) as typeof search, replace: true });

  return (
    <>
      <PageHeader title={PAGE_TITLES.monitors}>
        <div className="flex flex-wrap gap-2">
          <ViewEarlier />
          {at === null && (
            <Link to="/tags" className={buttonClass('ghost')}>
              <TagIcon className="size-4" aria-hidden />
              {tagMessages.tags}
            </Link>
          )}
          {canEdit && (
            <Link to="/monitors/new" className={buttonClass('primary')}>
              <Plus className="size-4" aria-hidden />
              {monitorMessages.addMonitor}
            </Link>
          )}
        </div>
      </PageHeader>

      <FailedQueries queries={isUncounted ? [list, incidents] : [list, summary, incidents]} />

      <QueryView query={summary} hideError loading={<Loading rows={1} className="h-24" />}>
        {(data) => <Summary data={data} selected={search.state} onSelect={(state) => setFilter({ state })} />}
      </QueryView>

      {isUncounted && list.data && <LeftOut>{asOfMessages.countsLeftOut}</LeftOut>}

      <OngoingIncidents incidents={ongoing} total={summary.data?.open_incidents ?? 0} />

      {(isFiltered || !isEmpty) && (
        <div className="mt-8 mb-3 flex flex-wrap gap-2">
          <SearchBox shortcut value={filter.q} onChange={(q) => setFilter({ q: q || undefined })} />
          <div className="w-32 shrink-0 sm:w-40">
            <Select
              aria-label={common.type}
              value={filter.kind}
              onChange={({ target }) => setFilter({ kind: target.value || undefined })}
            >
              <option value="">{monitorMessages.allTypes}</option>
              {MONITOR_KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {KIND_MESSAGES[kind].label}
                </option>
              ))}
            </Select>
          </div>
          <TagFilter value={filter.tag} onChange={(tag) => setFilter({ tag: tag || undefined })} />
          <GroupToggle
            on={isGrouped}
            onToggle={(on) => setFilter({ group: on ? 'tag' : undefined, closed: undefined })}
          />
          {canEdit && (
            <Button
              className="min-h-10"
              aria-pressed={selected !== null}
              onClick={() => setSelected(selected === null ? new Set() : null)}
            >
              {selected === null ? monitorMessages.selectMonitors : monitorMessages.stopSelecting}
            </Button>
          )}
        </div>
      )}

      <QueryView query={list} hideError loading={<Loading rows={5} />}>
        {({ pages }) => {
          const monitors = pages
            .flatMap((page) => page.items)
            .filter((monitor) => filter.state === '' || stateOf(monitor) === filter.state);
          if (monitors.length === 0 && list.hasNextPage && !list.isFetchNextPageError) {
            return <NextPage isFetching={list.isFetching} fetch={list.fetchNextPage} />;
          }
          if (monitors.length === 0) {
            return isFiltered ? (
              <NoMatches
                onClear={() => setFilter({ q: undefined, state: undefined, kind: undefined, tag: undefined })}
              />
            ) : at === null ? (
              <FirstMonitor canEdit={canEdit} />
            ) : (
              <NoMonitorsThen />
            );
          }
          // Start from the top again.
          const key = JSON.stringify(filter);
          const shown = {
            monitors,
            selected: at === null ? selected : null,
            onSelect,
            isFetchingMore: list.isFetchingNextPage,
            fetchMore: list.hasNextPage ? list.fetchNextPage : null,
          };
          return (
            <>
              {shown.selected && (
                <BulkBar
                  selected={shown.selected}
                  listed={monitors.map(({ id }) => id)}
                  onSelect={(ids) => setSelected(new Set(ids))}
                />
              )}
              {isGrouped ? (
                <MonitorGroups
                  {...shown}
                  key={key}
                  fetchMore={list.isFetchNextPageError ? null : shown.fetchMore}
                  closed={search.closed ?? []}
                  onClosed={(tags) => setFilter({ closed: tags.length > 0 ? tags : undefined })}
                />
              ) : (
                <MonitorList {...shown} key={key} />
              )}
            </>
          );
        }}
      </QueryView>
    </>
  );
}
