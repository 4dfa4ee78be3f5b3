import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { ongoingIncidentsQuery, pastIncidentsQuery } from '@/api/incidents';
import type { Incident } from '@/api/models';
import { summaryQuery } from '@/api/monitors';
import { useCan } from '@/api/use-session';
import { useAsOf } from '@/components/as-of/as-of';
import { ViewEarlier } from '@/components/as-of/view-earlier';
import { Button } from '@/components/button';
import { IncidentList, type IncidentSelection } from '@/components/incident-list';
import { usePollInterval } from '@/components/live';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { TagFilter } from '@/components/tags';
import { incidentMessages, ongoingCount } from '@/messages/incidents';
import { PAGE_TITLES } from '@/messages/terms';
import { AcknowledgeBar } from './acknowledge-bar';
import { acknowledgeMessages as messages } from './messages';

interface Props {
  query: ReturnType<typeof ongoingIncidentsQuery>;
  /** What is said of an empty list. */
  empty: string;
  total?: number | undefined;
  /** Whether some of them are being selected. */
  isSelecting?: boolean;
}

const isSelectable = ({ resolved_at, acknowledged }: Incident): boolean =>
  resolved_at === null && !acknowledged;

/** Which of the incidents are selected that still can be. */
function useSelection(incidents: Incident[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selectable = incidents.filter(isSelectable);
  const select = (chosen: readonly Incident[]) => setIds(new Set(chosen.map(({ id }) => id)));
  const selected = selectable.filter(({ id }) => ids.has(id));
  const selection: IncidentSelection = {
    isSelected: ({ id }) => ids.has(id),
    isSelectable,
    onSelect: (incident, isSelected) =>
      select(isSelected ? [...selected, incident] : selected.filter(({ id }) => id !== incident.id)),
  };
  return { selection, selected, selectable, select };
}

function Selecting({ incidents }: { incidents: Incident[] }) {
  const { selection, selected, selectable, select } = useSelection(incidents);
  return (
    <>
      <AcknowledgeBar selected={selected} selectable={selectable} onSelect={select} />
      <IncidentList incidents={incidents} selection={selection} />
    </>
  );
}

function Incidents({ query: options, empty, total, isSelecting = false }: Props) {
  const query = useInfiniteQuery({ ...options, refetchInterval: usePollInterval() });
  return (
    <QueryView query={query} loading={<Loading rows={2} className="h-20" />}>
      {({ pages }) => {
        const incidents = pages.flatMap((page) => page.items);
        // What is being selected stays until somebody stops: the results are shown there.
        if (incidents.length === 0 && !isSelecting) {
          return (
            <p className="card flex items-center justify-center gap-2 px-5 py-8 text-ink-soft text-sm">
              <CircleCheck className="size-4.5 text-up" aria-hidden />
              {empty}
            </p>
          );
        }
        return (
          <>
            {isSelecting ? <Selecting incidents={incidents} /> : <IncidentList incidents={incidents} />}
            <ShowMore query={query} shown={incidents.length} total={total} />
          </>
        );
      }}
    </QueryView>
  );
}

/** Ongoing ones, of which several can be acknowledged at once. */
function Ongoing({ tag, total }: { tag: string; total: number | undefined }) {
  const at = useAsOf();
  const canRespond = useCan('respond') && at === null;
  const [isWanted, setSelecting] = useState(false);
  const isSelecting = isWanted && canRespond;
  const query = ongoingIncidentsQuery(tag, at);
  const { data, hasNextPage } = useInfiniteQuery(query);
  // Those that are not listed yet may be, too.
  const hasSelectable = hasNextPage || data?.pages.some(({ items }) => items.some(isSelectable));
  return (
    <Section
      title={incidentMessages.ongoing}
      aside={
        canRespond &&
        (hasSelectable || isSelecting) && (
          <Button variant="ghost" className="-my-2 -mr-3.5" onClick={() => setSelecting(!isSelecting)}>
            {isSelecting ? messages.stop : messages.start}
          </Button>
        )
      }
    >
      <Incidents query={query} empty={ongoingCount(0)} total={total} isSelecting={isSelecting} />
    </Section>
  );
}

export function IncidentsPage() {
  const at = useAsOf();
  const { data: summary } = useQuery(summaryQuery(at));
  const { tag = '' } = useSearch({ from: '/logged-in/incidents' });
  const navigate = useNavigate({ from: '/incidents' });
  // The summary counts those of all monitors.
  const total = tag === '' ? summary?.open_incidents : undefined;
  return (
    <>
      <PageHeader title={PAGE_TITLES.incidents}>
        <div className="flex flex-wrap gap-2">
          <ViewEarlier />
          <TagFilter
            value={tag}
            onChange={(next) =>
              navigate({ search: (old) => ({ ...old, tag: next || undefined }), replace: true })
            }
          />
        </div>
      </PageHeader>
      <Ongoing key={tag} tag={tag} total={total} />
      <Section title="Past">
        <Incidents query={pastIncidentsQuery(tag, at)} empty="No past incidents" />
      </Section>
    </>
  );
}
