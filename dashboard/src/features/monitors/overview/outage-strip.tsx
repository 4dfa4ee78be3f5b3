import { Link } from '@tanstack/react-router';
import { OctagonX } from 'lucide-react';
import { useState } from 'react';
import type { Incident } from '@/api/models';
import { useCan } from '@/api/use-session';
import { AcknowledgeButton } from '@/components/acknowledge-button';
import { useAsOf, useAsOfSearch } from '@/components/as-of/as-of';
import { Button, buttonClass } from '@/components/button';
import { ElapsedTime } from '@/components/time';
import { formatDateTime } from '@/lib/format';
import { describeCause, incidentMessages, monitorNameOf } from '@/messages/incidents';
import { AcknowledgeAllDialog } from './acknowledge-all';
import { stripMessages as messages } from './messages';

const MAX_SHOWN = 3;

/** Lower than elsewhere, for rows of 40 px. */
const SMALL = 'h-7 min-h-0! px-2.5! text-xs!';

const isOpen = ({ acknowledged }: Incident): boolean => acknowledged === null;

/** Those first that wait for somebody. */
export const byNeed = (incidents: readonly Incident[]): Incident[] =>
  incidents.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)));

function Acknowledgement({ incident }: { incident: Incident }) {
  const { acknowledged, acknowledgement_expired_at: expiredAt } = incident;
  if (acknowledged) {
    return (
      <p className="truncate text-ink-soft text-xs" title={formatDateTime(acknowledged.at)}>
        {incidentMessages.acknowledgedBy(acknowledged.by)}
      </p>
    );
  }
  return (
    <>
      {expiredAt && (
        <p className="shrink-0 text-degraded text-xs max-lg:hidden" title={formatDateTime(expiredAt)}>
          {incidentMessages.acknowledgementExpired}
        </p>
      )}
      <AcknowledgeButton incident={incident} className={SMALL} />
    </>
  );
}

function Outage({ incident }: { incident: Incident }) {
  const search = useAsOfSearch();
  const name = monitorNameOf(incident, useAsOf() !== null);
  const cause = describeCause(incident);
  return (
    <li className="flex min-h-10 items-center gap-x-3 gap-y-1 px-3 text-sm max-sm:flex-wrap max-sm:py-2 sm:h-10">
      <OctagonX className="size-4 shrink-0 text-down" role="img" aria-label={incidentMessages.ongoing} />
      <Link
        to="/monitors/$monitorId"
        params={{ monitorId: incident.monitor_id }}
        search={search}
        title={name}
        className="min-w-0 truncate font-semibold underline-offset-4 hover:underline max-sm:flex-1 sm:max-w-[40%]"
      >
        {name}
      </Link>
      <Link
        to="/incidents/$incidentId"
        params={{ incidentId: incident.id }}
        search={search}
        title={cause}
        className="min-w-0 flex-1 truncate text-ink-soft underline-offset-4 hover:text-ink hover:underline max-sm:order-last max-sm:basis-full"
      >
        {cause}
      </Link>
      <span className="shrink-0 text-right text-ink-soft sm:w-24">
        <ElapsedTime since={incident.started_at} />
      </span>
      <div className="flex min-w-0 shrink-0 items-center justify-end gap-2 sm:w-36 lg:w-76">
        <Acknowledgement incident={incident} />
      </div>
    </li>
  );
}

interface Props {
  incidents: Incident[];
  /** How many there are in all. */
  total: number;
  /** Whether there are others than these. */
  isPartial: boolean;
}

/** What goes on, in as little room as it needs: the monitors are to be seen below. Shows nothing without any. */
export function OutageStrip({ incidents, total, isPartial }: Props) {
  const canRespond = useCan('respond');
  const isPast = useAsOf() !== null;
  const [isAsking, setAsking] = useState(false);
  const canAcknowledge = canRespond && !isPast;
  return (
    <>
      {incidents.length > 0 && (
        <Outages
          incidents={incidents}
          count={Math.max(total, incidents.length)}
          // Of those that are not loaded, nobody may have acknowledged some.
          hasSeveralOpen={isPartial || incidents.filter(isOpen).length > 1}
          onAcknowledgeAll={canAcknowledge ? () => setAsking(true) : null}
        />
      )}
      {/* Not within what goes away with the last incident. */}
      {canAcknowledge && <AcknowledgeAllDialog show={isAsking} onClose={() => setAsking(false)} />}
    </>
  );
}

interface OutagesProps {
  incidents: Incident[];
  count: number;
  hasSeveralOpen: boolean;
  /** Null where it is not offered. */
  onAcknowledgeAll: (() => void) | null;
}

function Outages({ incidents, count, hasSeveralOpen, onAcknowledgeAll }: OutagesProps) {
  const search = useAsOfSearch();
  const hasMore = count > MAX_SHOWN;
  const hasAll = hasSeveralOpen && onAcknowledgeAll !== null;
  return (
    <section
      aria-label={messages.ongoing}
      className="card relative mt-4 overflow-hidden border-down/50 pl-1 lg:mt-1.5 lg:flex"
    >
      <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-down-fill" />
      <ul className="min-w-0 flex-1 divide-y divide-line">
        {byNeed(incidents)
          .slice(0, MAX_SHOWN)
          .map((incident) => (
            <Outage key={incident.id} incident={incident} />
          ))}
      </ul>
      {(hasMore || hasAll) && (
        <div className="flex items-center justify-center gap-2 border-line p-2 max-lg:border-t lg:w-36 lg:flex-col lg:border-l">
          {hasMore && (
            <Link
              to="/incidents"
              search={search}
              title={messages.allHint}
              className={buttonClass('ghost', SMALL)}
            >
              {messages.all(count)}
            </Link>
          )}
          {hasAll && (
            <Button className={SMALL} onClick={onAcknowledgeAll}>
              {messages.acknowledgeAll}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
