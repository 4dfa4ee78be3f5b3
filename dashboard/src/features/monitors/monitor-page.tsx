import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ExternalLink, History as HistoryIcon } from 'lucide-react';
import { isKnown } from '@/api/as-of';
import { isHeartbeat } from '@/api/heartbeats';
import { isReadable, type Monitor, type ReadableMonitor } from '@/api/models';
import { monitorQuery, nameOf, resultsQuery, stateOf } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { decidingRegions, isUnseen } from '@/api/regions';
import { useCan } from '@/api/use-session';
import { useAsOf } from '@/components/as-of/as-of';
import { LeftOut, NotKnownBadge } from '@/components/as-of/notes';
import { ViewEarlier } from '@/components/as-of/view-earlier';
import { BackLink } from '@/components/back-link';
import { EmptyState } from '@/components/empty-state';
import { NotFoundPage } from '@/components/fallback';
import { usePollInterval } from '@/components/live';
import { PageTitle, Section, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { TagList, useTagColours } from '@/components/tags';
import { WhyLink } from '@/components/why-link';
import { keysOf } from '@/lib/keys-of';
import { asOfMessages, PART_LABELS } from '@/messages/as-of';
import { describeError } from '@/messages/check-errors';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { DependencyLines, FlappingLine } from './alerting/noise-lines';
import { NotifiedLine } from './alerting/notified-line';
import { SlowerNote } from './baseline/slower';
import { DayBar } from './day-bar';
import { HeartbeatSections } from './heartbeats/sections';
import { HeartbeatStatus } from './heartbeats/status-line';
import { History } from './history';
import { describeTarget } from './kinds/target';
import { LastCheck } from './last-check';
import { monitorMessages } from './messages';
import { MonitorActions } from './monitor-actions';
import { MonitorIncidents } from './monitor-incidents';
import { RegionFilter, useShownRegion } from './regions/region-filter';
import { quorumOf, RegionSection, RegionsLine } from './regions/region-section';
import { UnseenNote } from './regions/region-state';
import { ResponseTimeChart } from './response-time-chart';
import { ResultsTable } from './results-table';
import { StatusBand } from './status-band';
import { UnreadableNote } from './unreadable-note';
import { UptimeWindows } from './uptime-windows';
import { HistoryLink } from './versions/history-link';

function Target({ monitor }: { monitor: Monitor & ReadableMonitor }) {
  const target = describeTarget(monitor);
  if (monitor.kind !== 'http') return <p className="mt-1 truncate text-ink-soft text-sm">{target}</p>;
  return (
    <a
      href={monitor.url}
      target="_blank"
      rel="noreferrer"
      className="mt-1 inline-flex max-w-full items-center gap-1.5 text-ink-soft text-sm hover:text-ink"
    >
      <span className="truncate">{target}</span>
      <ExternalLink className="size-3.5 shrink-0" aria-label="(opens in a new tab)" />
    </a>
  );
}

function FailureNote({ status }: { status: Monitor['status'] }) {
  return (
    <p className="mt-4 break-words rounded-lg border border-down/40 bg-down/8 px-4 py-3 font-semibold text-sm">
      {describeError(status)}
    </p>
  );
}

/** Why the latest check was not made: the state beside it is then that of a check before. */
function SkippedNote({ monitor }: { monitor: Monitor }) {
  const { data } = useQuery(resultsQuery(monitor.id));
  const latest = data?.items[0];
  // Of several regions the latest one says little of the state.
  if (latest?.state !== 'skipped' || decidingRegions(monitor).length > 0) return null;
  return (
    <p className="mt-4 break-words rounded-lg border border-line-strong bg-sunken px-4 py-3 text-sm">
      {latest.error ?? monitorMessages.notChecked}
    </p>
  );
}

const NO_REGIONS: readonly string[] = [];

/** Of one region, or of all. */
function Results({ monitor, region }: { monitor: Monitor; region: string | null }) {
  const query = useQuery({ ...resultsQuery(monitor.id, region), refetchInterval: usePollInterval() });
  const regions = region === null ? decidingRegions(monitor) : NO_REGIONS;
  return (
    <Section title={monitorMessages.recentResults} aside={<RegionFilter monitor={monitor} shown={region} />}>
      <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="card px-5 py-8 text-center text-ink-soft text-sm">
              {monitor.interval_seconds !== null
                ? monitorMessages.firstCheckWithin(monitor.interval_seconds)
                : common.noResults}
            </p>
          ) : (
            <div className="grid gap-4">
              <ResponseTimeChart results={items} slowMs={monitor.slow_ms} regions={regions} />
              <ResultsTable
                monitorId={monitor.id}
                results={items}
                withStatus={monitor.kind === 'http'}
                withRegion={decidingRegions(monitor).length > 0}
              />
            </div>
          )
        }
      </QueryView>
    </Section>
  );
}

/** Who is notified, and what it was before. */
function AlertingLines({ monitor }: { monitor: Monitor }) {
  return (
    <>
      <NotifiedLine monitorId={monitor.id} />
      <RegionsLine monitor={monitor} />
      <FlappingLine rule={monitor.flapping} />
      <DependencyLines monitor={monitor} />
      <HistoryLink monitorId={monitor.id} />
    </>
  );
}

/** What its checks came to until now. */
function Checked({ monitor }: { monitor: Monitor }) {
  const region = useShownRegion(monitor);
  return (
    <>
      {!isHeartbeat(monitor) && (
        <>
          <SkippedNote monitor={monitor} />
          <RegionSection monitor={monitor} />
          <LastCheck monitor={monitor} />
        </>
      )}
      <Section title={monitorMessages.uptime}>
        <UptimeWindows id={monitor.id} createdAt={monitor.created_at} />
        <DayBar monitor={monitor} />
      </Section>
      {isHeartbeat(monitor) ? (
        <HeartbeatSections monitor={monitor} />
      ) : (
        <>
          <History monitor={monitor} region={region} />
          <Results monitor={monitor} region={region} />
        </>
      )}
    </>
  );
}

function Status({ monitor }: { monitor: Monitor }) {
  if (!isKnown(monitor, 'status')) {
    return (
      <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 text-ink-soft text-sm">
        <span role="status">
          <NotKnownBadge large />
        </span>
        <span className="min-w-0 flex-1 basis-64">{asOfMessages.statusNotKnown}</span>
      </div>
    );
  }
  return isHeartbeat(monitor) ? <HeartbeatStatus monitor={monitor} /> : <StatusBand monitor={monitor} />;
}

/** What there is instead of what is known of the present alone. */
function ThenNotes({ monitor }: { monitor: Monitor }) {
  const parts = keysOf(PART_LABELS).filter((part) => !isKnown(monitor, part));
  return (
    <>
      {!isKnown(monitor, 'definition') && <LeftOut>{asOfMessages.definitionNotKnownHint}</LeftOut>}
      {parts.length > 0 && (
        <LeftOut>{asOfMessages.partsNotKnown(parts.map((part) => PART_LABELS[part]))}</LeftOut>
      )}
      <LeftOut>{asOfMessages.monitorLeftOut}</LeftOut>
    </>
  );
}

function Details({ monitor }: { monitor: Monitor }) {
  useTitle(nameOf(monitor));
  const canEdit = useCan('manageMonitors');
  const at = useAsOf();
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <PageTitle>{nameOf(monitor)}</PageTitle>
          {isReadable(monitor) && <Target monitor={monitor} />}
        </div>
        {at === null ? (
          canEdit && <MonitorActions monitor={monitor} />
        ) : (
          <WhyLink monitorId={monitor.id} at={at} />
        )}
      </div>
      <Status monitor={monitor} />
      <TagList
        names={isKnown(monitor, 'tags') ? monitor.tags : []}
        colours={useTagColours()}
        className="mt-3"
      />
      {at === null && <AlertingLines monitor={monitor} />}
      {monitor.definition_error && isKnown(monitor, 'definition') && (
        <UnreadableNote error={monitor.definition_error} />
      )}
      <UnseenNote monitor={monitor} least={quorumOf(monitor)?.min ?? null} />
      <SlowerNote monitor={monitor} />
      {stateOf(monitor) === 'down' && !isUnseen(monitor) && <FailureNote status={monitor.status} />}
      {at === null ? <Checked monitor={monitor} /> : <ThenNotes monitor={monitor} />}
      <Section title={PAGE_TITLES.incidents}>
        <MonitorIncidents id={monitor.id} />
      </Section>
    </>
  );
}

export function MonitorPage() {
  const { monitorId } = useParams({ from: '/logged-in/monitors/$monitorId' });
  const at = useAsOf();
  const query = useQuery({ ...monitorQuery(monitorId, at), refetchInterval: usePollInterval() });
  const isMissing = query.error instanceof ApiError && query.error.status === 404;
  if (isMissing && at === null) return <NotFoundPage />;
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-4">
        <BackLink to="/">{PAGE_TITLES.monitors}</BackLink>
        <div className="-mt-2 -mr-3.5">
          <ViewEarlier />
        </div>
      </div>
      {isMissing ? (
        <EmptyState icon={HistoryIcon} title={asOfMessages.unknownMonitor}>
          {asOfMessages.unknownMonitorHint}
        </EmptyState>
      ) : (
        <QueryView query={query} loading={<Loading rows={3} className="h-28" />}>
          {(monitor) => <Details monitor={monitor} />}
        </QueryView>
      )}
    </>
  );
}
