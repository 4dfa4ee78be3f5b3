import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { openIncidentsQuery } from '@/api/incidents';
import { FailedQuery } from '@/components/notice';
import { Section } from '@/components/page';
import { IncidentList } from './incident-list';

const MOST_SHOWN = 3;

/** Above the list of monitors: what is broken now, and why. Takes no room while nothing is. */
export function OpenIncidents() {
  const query = useQuery(openIncidentsQuery);
  const incidents = query.data?.items ?? [];
  if (!query.error && incidents.length === 0) return null;
  return (
    <Section
      title="Open incidents"
      aside={
        incidents.length > MOST_SHOWN && (
          <Link to="/incidents" className="text-ink-soft text-sm underline underline-offset-4 hover:text-ink">
            Show all {incidents.length}
          </Link>
        )
      }
    >
      {query.error && (
        <FailedQuery error={query.error} busy={query.isFetching} onRetry={() => query.refetch()} />
      )}
      {incidents.length > 0 && <IncidentList incidents={incidents.slice(0, MOST_SHOWN)} />}
    </Section>
  );
}
