import { Link } from '@tanstack/react-router';
import type { Incident } from '@/api/models';
import { useAsOfSearch } from '@/components/as-of/as-of';
import { IncidentList } from '@/components/incident-list';
import { Section } from '@/components/page';
import { common } from '@/messages/common';
import { monitorMessages } from './messages';

const MAX_SHOWN = 3;

interface Props {
  incidents: Incident[];
  /** How many there are in all. */
  total: number;
}

/** The first ongoing incidents. Renders nothing without any. */
export function OngoingIncidents({ incidents, total }: Props) {
  const search = useAsOfSearch();
  if (incidents.length === 0) return null;
  return (
    <Section
      title={monitorMessages.ongoingIncidents}
      aside={
        incidents.length > MAX_SHOWN && (
          <Link
            to="/incidents"
            search={search}
            className="text-ink-soft text-sm underline underline-offset-4 hover:text-ink"
          >
            {common.showAll(Math.max(total, incidents.length))}
          </Link>
        )
      }
    >
      <IncidentList incidents={incidents.slice(0, MAX_SHOWN)} />
    </Section>
  );
}
