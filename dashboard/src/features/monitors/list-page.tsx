import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, Wrench } from 'lucide-react';
import { useState } from 'react';
import { refusedInstant } from '@/api/as-of';
import { ongoingIncidentsQuery } from '@/api/incidents';
import type { MonitorFilter } from '@/api/keys';
import { type MonitorPages, monitorListQuery, summaryQuery } from '@/api/monitors';
import { useCan } from '@/api/use-session';
import { useAsOf } from '@/components/as-of/as-of';
import { LeftOut } from '@/components/as-of/notes';
import { buttonClass } from '@/components/button';
import { usePollInterval } from '@/components/live';
import { PageTitle, useTitle } from '@/components/page';
import { FailedQueries, QueryView } from '@/components/query';
import { asOfMessages } from '@/messages/as-of';
import { PAGE_TITLES } from '@/messages/terms';
import { checksLastHour, monitorMessages } from './messages';
import { useDensity } from './overview/density';
import { tableMessages } from './overview/messages';
import { DEFAULT_ORDER, formatOrder, parseOrder } from './overview/order';
import { OutageStrip } from './overview/outage-strip';
import { MonitorSection } from './overview/section';
import { Filters, Toolbar } from './overview/toolbar';
import { useMaintenance, useMaintenanceCount } from './overview/use-maintenance';
import { StateCount, Summary } from './summary';

const MAINTENANCE_STYLE = { icon: Wrench, text: 'text-pending' };
const ALL_OPEN: readonly string[] = [];
/** The same monitors are shown: whoever has scrolled down to them stays there. */
const IN_PLACE = { resetScroll: false };

const isEmptyList = ({ pages }: MonitorPages): boolean => pages[0]?.items.length === 0;

export function MonitorsPage() {
  useTitle(PAGE_TITLES.monitors);
  const search = useSearch({ from: '/logged-in/' });
  const navigate = useNavigate({ from: '/' });
  const setSearch = (change: { [key in keyof typeof search]: unknown }, { resetScroll = true } = {}) =>
    navigate({ search: (old) => ({ ...old, ...change }) as typeof search, replace: true, resetScroll });
  const at = useAsOf();
  const canManage = useCan('manageMonitors');
  const canEdit = canManage && at === null;
  const [isSelecting, setSelecting] = useState(false);
  const [density, setDensity] = useDensity();

  const onlyMaintenance = search.state === 'maintenance' && at === null;
  const filter: MonitorFilter = {
    q: search.q ?? '',
    state: search.state === 'maintenance' ? '' : (search.state ?? ''),
    kind: search.kind ?? '',
    tag: search.tag ?? '',
  };
  const isFiltered = Object.values(filter).some((value) => value !== '') || onlyMaintenance;
  const isGrouped = search.group === 'tag';

  const refetchInterval = usePollInterval();
  // The table has the monitors; the page is not rendered again with each of their results.
  const list = useInfiniteQuery({ ...monitorListQuery(filter, at), select: isEmptyList });
  const summary = useQuery({ ...summaryQuery(at), refetchInterval });
  const incidents = useInfiniteQuery({ ...ongoingIncidentsQuery('', at), refetchInterval });
  const ongoing = incidents.data?.pages.flatMap((page) => page.items) ?? [];
  // What refuses the counts alone is how many monitors there are, and not the time.
  const isUncounted = at !== null && refusedInstant(summary.error) !== null && list.data !== undefined;
  const { coverage: maintenance, query: windows } = useMaintenance();
  const maintenanceCount = useMaintenanceCount(maintenance);

  const failable = [list, ...(isUncounted ? [] : [summary]), incidents, ...(at === null ? [windows] : [])];

  return (
    <>
      <div data-overview className="flex flex-wrap items-center gap-x-5 gap-y-3 lg:min-h-8 xl:flex-nowrap">
        <PageTitle>{PAGE_TITLES.monitors}</PageTitle>
        <QueryView query={summary} hideError loading={<div className="skeleton h-8 min-w-40 flex-1" />}>
          {(data) => (
            <Summary data={data} selected={search.state} onSelect={(state) => setSearch({ state })}>
              {at === null && (
                <StateCount
                  style={MAINTENANCE_STYLE}
                  label={tableMessages.maintenance}
                  count={maintenanceCount}
                  isSelected={onlyMaintenance}
                  onToggle={() => setSearch({ state: onlyMaintenance ? undefined : 'maintenance' })}
                />
              )}
            </Summary>
          )}
        </QueryView>
        {canEdit && (
          <Link to="/monitors/new" className={buttonClass('primary', 'ml-auto lg:h-8 lg:min-h-0!')}>
            <Plus className="size-4" aria-hidden />
            {monitorMessages.addMonitor}
          </Link>
        )}
      </div>

      <div className="mt-4 empty:hidden">
        <FailedQueries queries={failable} />
        {isUncounted && <LeftOut>{asOfMessages.countsLeftOut}</LeftOut>}
      </div>
      <OutageStrip
        incidents={ongoing}
        total={summary.data?.open_incidents ?? 0}
        isPartial={incidents.hasNextPage}
      />

      <Toolbar>
        {isFiltered || list.data !== true ? (
          <Filters
            filter={filter}
            onFilter={setSearch}
            isGrouped={isGrouped}
            onGroup={(on) => setSearch({ group: on ? 'tag' : undefined, closed: undefined })}
            density={density}
            onDensity={setDensity}
            isSelecting={canEdit ? isSelecting : null}
            onSelecting={setSelecting}
          />
        ) : null}
      </Toolbar>

      <MonitorSection
        filter={filter}
        onlyMaintenance={onlyMaintenance}
        maintenance={maintenance}
        isMaintenanceUnknown={windows.isError}
        order={parseOrder(search.sort) ?? DEFAULT_ORDER}
        onOrder={(order) => setSearch({ sort: formatOrder(order) }, IN_PLACE)}
        closed={isGrouped ? (search.closed ?? ALL_OPEN) : null}
        onClosed={(tags) => setSearch({ closed: tags.length > 0 ? tags : undefined }, IN_PLACE)}
        density={density}
        canEdit={canEdit}
        isSelecting={canEdit && isSelecting}
        onClear={() => setSearch({ q: undefined, state: undefined, kind: undefined, tag: undefined })}
        footer={checksLastHour(summary.data?.checks_last_hour ?? 0)}
      />
    </>
  );
}
