import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity, History, Plus, SearchX } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { MonitorFilter } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { monitorListQuery, stateOf } from '@/api/monitors';
import { type Coverage, covers } from '@/api/occurrence';
import { useAsOf } from '@/components/as-of/as-of';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { usePollInterval } from '@/components/live';
import { Loading, QueryView } from '@/components/query';
import { asOfMessages } from '@/messages/as-of';
import { common } from '@/messages/common';
import { whoMay } from '@/messages/roles';
import { BulkBar } from '../bulk-bar';
import { monitorMessages } from '../messages';
import type { Density } from './density';
import { tableMessages as messages } from './messages';
import type { Order } from './order';
import { MonitorTable } from './table';

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

interface Props {
  filter: MonitorFilter;
  /** Only those of which maintenance is under way. */
  onlyMaintenance: boolean;
  maintenance: Coverage | null;
  /** Whether it cannot be read, which the page says. */
  isMaintenanceUnknown: boolean;
  order: Order;
  onOrder: (order: Order) => void;
  closed: readonly string[] | null;
  onClosed: (tags: string[]) => void;
  density: Density;
  canEdit: boolean;
  isSelecting: boolean;
  onClear: () => void;
  /** What is to be said below, of all monitors. */
  footer: string;
}

/**
 * The monitors: apart from the rest of the page, which live events do not render again. All pages are loaded, since
 * what needs somebody may be on the last one.
 */
export function MonitorSection(props: Props) {
  const { filter, onlyMaintenance, maintenance, isMaintenanceUnknown, canEdit, isSelecting, ...others } =
    props;
  const { onClear, footer, ...table } = others;
  const at = useAsOf();
  const refetchInterval = usePollInterval();
  const list = useInfiniteQuery({ ...monitorListQuery(filter, at), refetchInterval });
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  const isLoadingAll = hasNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (isLoadingAll && !isFetching) void fetchNextPage();
  }, [isLoadingAll, isFetching, fetchNextPage]);

  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [wasSelecting, setWasSelecting] = useState(isSelecting);
  if (wasSelecting !== isSelecting) {
    setWasSelecting(isSelecting);
    setSelected(new Set());
  }
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

  const { data } = list;
  const { state } = filter;
  const monitors = useMemo(() => {
    const isListed = (monitor: Monitor) =>
      (state === '' || stateOf(monitor) === state) &&
      (!onlyMaintenance || (maintenance !== null && covers(maintenance, monitor)));
    return data?.pages.flatMap(({ items }) => items).filter(isListed) ?? [];
  }, [data, state, onlyMaintenance, maintenance]);

  const isFiltered = Object.values(filter).some((value) => value !== '') || onlyMaintenance;
  // Without an answer nothing is listed, which is not the same as that there is nothing.
  const isUnanswered = onlyMaintenance && maintenance === null;
  const isWaiting = isLoadingAll || isUnanswered;
  return (
    <QueryView query={list} hideError loading={<Loading rows={5} />}>
      {() => {
        if (monitors.length === 0) {
          if (isUnanswered && isMaintenanceUnknown) return null;
          if (isWaiting) return <Loading rows={5} />;
          if (isFiltered) return <NoMatches onClear={onClear} />;
          return at === null ? <FirstMonitor canEdit={canEdit} /> : <NoMonitorsThen />;
        }
        return (
          <>
            {isSelecting && (
              <BulkBar
                selected={selected}
                listed={monitors.map(({ id }) => id)}
                onSelect={(ids) => setSelected(new Set(ids))}
              />
            )}
            <MonitorTable
              {...table}
              monitors={monitors}
              listKey={JSON.stringify([filter, onlyMaintenance, at])}
              maintenance={maintenance}
              selected={isSelecting ? selected : null}
              onSelect={onSelect}
            />
            <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 text-ink-soft text-xs">
              <p>
                {isLoadingAll ? messages.loadingMore(monitors.length) : messages.monitors(monitors.length)}
                {` · ${footer}`}
              </p>
              {hasNextPage && isFetchNextPageError && (
                <Button busy={isFetching} onClick={() => void fetchNextPage()}>
                  {common.showMore}
                </Button>
              )}
            </div>
          </>
        );
      }}
    </QueryView>
  );
}
