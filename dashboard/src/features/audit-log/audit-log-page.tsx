import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ScrollText, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import { auditLogQuery } from '@/api/audit-log';
import type { AuditFilter } from '@/api/keys';
import type { Organisation } from '@/api/models';
import { monitorNamesQuery } from '@/api/monitors';
import { tagsQuery } from '@/api/tags';
import { useCan, useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { OrganisationTabs } from '@/components/organisation-tabs';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { accountMessages } from '@/messages/account';
import { EventRow } from './event-row';
import { ExportButton } from './export-button';
import { Filters } from './filters';
import { auditMessages as messages } from './messages';
import { type KnownNames, knownAs } from './resource';

const NONE: AuditFilter = { action: '', resource: '', user: null, key: null, from: '', to: '' };

interface EventsProps {
  org: Pick<Organisation, 'id' | 'name'>;
  filter: AuditFilter;
  onClear: () => void;
}

function Events({ org, filter, onClear }: EventsProps) {
  const query = useInfiniteQuery({
    ...auditLogQuery(org.id, filter),
    placeholderData: keepPreviousData,
    // Looking again shows what has been changed since.
    staleTime: 0,
  });
  const monitors = useQuery(monitorNamesQuery()).data?.items;
  const tags = useQuery(tagsQuery).data;
  const known: KnownNames = useMemo(() => {
    const named = (resource: string, all: { id: number; name: string }[] = []) =>
      all.map(({ id, name }): [string, string] => [knownAs(resource, id), name]);
    return new Map([
      ...named('monitor', monitors),
      ...named('tag', tags),
      [knownAs('organisation', org.id), org.name],
    ]);
  }, [monitors, tags, org.id, org.name]);
  const isFiltered = Object.values(filter).some((value) => value !== '' && value !== null);
  return (
    <QueryView query={query} loading={<Loading rows={6} />}>
      {({ pages }) => {
        const events = pages.flatMap((page) => page.items);
        if (events.length === 0) {
          return isFiltered ? (
            <EmptyState
              icon={SearchX}
              title={messages.noMatches}
              action={<Button onClick={onClear}>{messages.clear}</Button>}
            >
              {messages.noMatchesHint}
            </EmptyState>
          ) : (
            <EmptyState icon={ScrollText} title={messages.none}>
              {messages.noneHint}
            </EmptyState>
          );
        }
        return (
          <>
            <ul aria-label={accountMessages.auditLog} className="card divide-y divide-line">
              {events.map((event) => (
                <EventRow key={event.id} event={event} known={known} />
              ))}
            </ul>
            <ShowMore query={query} shown={events.length} />
          </>
        );
      }}
    </QueryView>
  );
}

export function AuditLogPage() {
  const search = useSearch({ from: '/logged-in/audit-log' });
  const navigate = useNavigate({ from: '/audit-log' });
  const canRead = useCan('readAuditLog');
  const org = useSession()?.org;
  if (org === undefined) return null;
  const filter: AuditFilter = { ...NONE, ...search };
  const setFilter = (change: Partial<AuditFilter>) => {
    const next = Object.entries({ ...filter, ...change }).filter(
      ([, value]) => value !== '' && value !== null,
    );
    return navigate({ search: Object.fromEntries(next), replace: true });
  };
  return (
    <>
      <PageHeader title={accountMessages.auditLog}>
        {canRead && <ExportButton org={org.id} filter={filter} />}
      </PageHeader>
      <OrganisationTabs />
      <RequirePermission permission="readAuditLog">
        <p className="mb-5 text-pretty text-ink-soft text-sm">{messages.about}</p>
        <Filters org={org.id} filter={filter} onChange={setFilter} />
        <Events org={org} filter={filter} onClear={() => setFilter(NONE)} />
      </RequirePermission>
    </>
  );
}
