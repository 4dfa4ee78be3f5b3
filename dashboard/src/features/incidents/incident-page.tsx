import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { History, TimerOff } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { channelsQuery } from '@/api/channels';
import { incidentChecksQuery, incidentQuery, incidentStepsQuery } from '@/api/incidents';
import type { Incident } from '@/api/models';
import { ApiError } from '@/api/problem';
import { regionsOfIncident } from '@/api/regions';
import { useCan } from '@/api/use-session';
import { AcknowledgeButton } from '@/components/acknowledge-button';
import { useAsOf, useAsOfSearch } from '@/components/as-of/as-of';
import { lastOngoing } from '@/components/as-of/instants';
import { LeftOut } from '@/components/as-of/notes';
import { ViewEarlier } from '@/components/as-of/view-earlier';
import { BackLink } from '@/components/back-link';
import { Button } from '@/components/button';
import { Choice } from '@/components/choice';
import { EmptyState } from '@/components/empty-state';
import { NotFoundPage } from '@/components/fallback';
import { IncidentStatus } from '@/components/incident-status';
import { PageTitle, Section, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { ElapsedTime } from '@/components/time';
import { WhyLink } from '@/components/why-link';
import { formatDateTime, formatDuration } from '@/lib/format';
import { asOfMessages } from '@/messages/as-of';
import { describeCause, incidentMessages, monitorNameOf } from '@/messages/incidents';
import { describeRegions, regionTexts } from '@/messages/regions';
import { PAGE_TITLES } from '@/messages/terms';
import { Around } from './around';
import {
  acknowledgeMessages,
  FILTER_LABELS,
  incidentPageMessages as messages,
  type TimelineFilter,
} from './messages';
import { NeighbourLinks } from './neighbour-links';
import { NewNote } from './new-note';
import { notifiedOf } from './notified';
import { NotifiedList } from './notified-list';
import { PublishReport } from './publish-report';
import { canFold, foldRetries, isShown, openingChecks, timeline } from './timeline';
import { TimelineList } from './timeline-list';

const STEPS_POLL_MS = 10_000;

/** So many pages of steps are loaded by themselves, so that what is newest is on top. */
const STEP_PAGES = 3;

/** All steps of an incident, up to a bound. */
function useSteps(id: string) {
  const steps = useInfiniteQuery({ ...incidentStepsQuery(id), refetchInterval: STEPS_POLL_MS });
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = steps;
  const pages = steps.data?.pages.length ?? 0;
  const wantsMore = hasNextPage && !isFetching && !isFetchNextPageError && pages > 0 && pages < STEP_PAGES;
  useEffect(() => {
    if (wantsMore) void fetchNextPage();
  }, [wantsMore, fetchNextPage]);
  return steps;
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="bg-surface px-5 py-4">
      <dt className="text-ink-soft text-xs">{label}</dt>
      <dd className="mt-1 break-words font-medium text-sm">{children}</dd>
    </div>
  );
}

function Facts({ incident }: { incident: Incident }) {
  const { started_at, resolved_at, duration_seconds, acknowledged } = incident;
  const expiredAt = incident.acknowledgement_expired_at;
  return (
    <dl className="card mt-6 grid grid-cols-2 gap-px overflow-hidden bg-line sm:grid-cols-4">
      <Fact label="Started">{formatDateTime(started_at)}</Fact>
      <Fact label="Ended">{resolved_at ? formatDateTime(resolved_at) : incidentMessages.ongoing}</Fact>
      <Fact label="Duration">
        {resolved_at ? formatDuration(duration_seconds) : <ElapsedTime since={started_at} />}
      </Fact>
      <Fact label={acknowledgeMessages.done}>
        {acknowledged ? (
          <>
            {acknowledged.by}
            <span className="block font-normal text-ink-soft text-xs">{formatDateTime(acknowledged.at)}</span>
          </>
        ) : expiredAt ? (
          <span className="text-degraded">
            {messages.expired}
            <span className="block font-normal text-ink-soft text-xs">{formatDateTime(expiredAt)}</span>
          </span>
        ) : (
          'Not yet'
        )}
      </Fact>
    </dl>
  );
}

/** All that happened as one stream, the newest first, with what there is to say about it on top. */
function Stream({ incident }: { incident: Incident }) {
  const steps = useSteps(incident.id);
  // It begins with what started it, also where no results are kept.
  const checks = useQuery(incidentChecksQuery(incident)).data ?? [];
  const channels = useQuery(channelsQuery);
  const canRespond = useCan('respond');
  const names = new Map(channels.data?.items.map(({ id, name }) => [id, name]));
  const [isFolded, setFolded] = useState(true);
  const [filter, setFilter] = useState<TimelineFilter>('all');
  const all = steps.data?.pages.flatMap((page) => page.items) ?? [];
  const folded = foldRetries(all);
  const opening = openingChecks(checks, incident, all);
  const channelName = (id: number) =>
    names.get(id) ?? (channels.data ? messages.deletedChannel : messages.unknownChannel(id));
  return (
    <>
      {steps.isSuccess && !steps.hasNextPage && (
        <NotifiedList incident={incident} notified={notifiedOf(all, channelName)} />
      )}
      <Around incident={incident} />
      <Section
        title={messages.timeline}
        aside={
          <div className="-my-2 flex flex-wrap items-center gap-x-2">
            {canFold(opening, all, folded) && filter !== 'people' && (
              <Button variant="ghost" onClick={() => setFolded(!isFolded)}>
                {isFolded ? messages.showAll : messages.fold}
              </Button>
            )}
            <Choice label={messages.show} options={FILTER_LABELS} value={filter} onChange={setFilter} />
          </div>
        }
      >
        {canRespond && (
          <div className="card mb-3 p-5">
            <NewNote key={incident.id} incidentId={incident.id} />
          </div>
        )}
        <QueryView query={steps} loading={<Loading rows={4} className="h-10" />}>
          {() => {
            const parts = { incident, checks: opening, isFolded, channelName };
            const entries = timeline({ ...parts, steps: isFolded ? folded : all });
            const shown = entries.filter((entry) => isShown(entry, filter));
            return (
              <>
                {/* Later steps, which belong on top. */}
                {steps.hasNextPage && (
                  <div className="mb-4">
                    <ShowMore query={steps} shown={all.length} />
                  </div>
                )}
                <TimelineList entries={shown.reverse()} />
              </>
            );
          }}
        </QueryView>
      </Section>
    </>
  );
}

/** What is known of then: how it began, and what people had done by that time. */
function TimelineThen({ incident }: { incident: Incident }) {
  const parts = { incident, steps: [], checks: [], isFolded: true, channelName: messages.unknownChannel };
  return (
    <>
      <Section title={messages.timeline}>
        <TimelineList entries={timeline(parts).reverse()} />
      </Section>
      <LeftOut>{asOfMessages.incidentLeftOut}</LeftOut>
    </>
  );
}

function Details({ incident }: { incident: Incident }) {
  const isPast = useAsOf() !== null;
  const name = monitorNameOf(incident, isPast);
  useTitle(messages.pageTitle(name));
  const cause = describeCause(incident);
  const regions = regionsOfIncident(incident);
  const search = useAsOfSearch();
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <PageTitle>
            {incident.close_reason === 'deleted' ? (
              name
            ) : (
              <Link
                to="/monitors/$monitorId"
                params={{ monitorId: incident.monitor_id }}
                search={search}
                className="underline-offset-4 hover:underline"
              >
                {name}
              </Link>
            )}
          </PageTitle>
          <p className="mt-1 text-ink-soft text-sm">{cause}</p>
          {regions && (
            <p className="mt-1 break-words text-ink-soft text-sm">
              {regionTexts.whenStarted(describeRegions(regions))}
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          <ViewEarlier begin={(now) => lastOngoing(incident.resolved_at, now)} />
          {!isPast && <PublishReport incidentId={incident.id} />}
          <AcknowledgeButton incident={incident} />
          {incident.close_reason !== 'deleted' && (
            <WhyLink monitorId={incident.monitor_id} at={incident.started_at} />
          )}
        </div>
      </div>
      <p role="status" className="mt-4 text-sm">
        <IncidentStatus incident={incident} />
      </p>
      {incident.last_error && incident.last_error !== incident.first_error && (
        <p className="mt-3 break-words text-ink-soft text-sm">
          {incidentMessages.lastError(incident.last_error)}
        </p>
      )}
      {incident.acknowledgement_expired_at && incident.resolved_at === null && !isPast && (
        <p
          role="status"
          className="mt-4 flex gap-2.5 rounded-lg border border-degraded/40 bg-degraded/8 px-4 py-3 text-sm"
        >
          <TimerOff className="mt-0.5 size-4 shrink-0 text-degraded" aria-hidden />
          {messages.expiredHint}
        </p>
      )}
      <Facts incident={incident} />
      {isPast ? <TimelineThen incident={incident} /> : <Stream incident={incident} />}
    </>
  );
}

export function IncidentPage() {
  const { incidentId } = useParams({ from: '/logged-in/incidents/$incidentId' });
  const at = useAsOf();
  const query = useQuery(incidentQuery(incidentId, at));
  const status = query.error instanceof ApiError ? query.error.status : null;
  const isMissingThen = status === 404 && at !== null;
  if (status === 400 || (status === 404 && at === null)) return <NotFoundPage />;
  return (
    <>
      <div className="flex items-start justify-between gap-x-4">
        <BackLink to="/incidents">{PAGE_TITLES.incidents}</BackLink>
        <NeighbourLinks incidentId={incidentId} />
      </div>
      {isMissingThen ? (
        <EmptyState icon={History} title={asOfMessages.unknownIncident}>
          {asOfMessages.unknownIncidentHint}
        </EmptyState>
      ) : (
        <QueryView query={query} loading={<Loading rows={3} className="h-28" />}>
          {(incident) => <Details key={incident.id} incident={incident} />}
        </QueryView>
      )}
    </>
  );
}
