import { Link } from '@tanstack/react-router';
import type { Incident } from '@/api/types';
import { Section } from '@/components/page';
import { IncidentList } from './incident-list';

const MOST_SHOWN = 3;

/** Above the list of monitors: what is broken now, and why. Takes no room while nothing is. */
export function OpenIncidents({ incidents }: { incidents: Incident[] }) {
  if (incidents.length === 0) return null;
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
      <IncidentList incidents={incidents.slice(0, MOST_SHOWN)} />
    </Section>
  );
}
