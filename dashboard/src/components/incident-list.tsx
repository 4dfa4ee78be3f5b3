import { Link } from '@tanstack/react-router';
import type { Incident } from '@/api/models';
import { regionsOfIncident } from '@/api/regions';
import { cx } from '@/lib/cx';
import { formatDateTime, formatDuration, formatShortDateTime } from '@/lib/format';
import { describeCause, incidentMessages, monitorNameOf } from '@/messages/incidents';
import { regionsSentence } from '@/messages/regions';
import { AcknowledgeButton } from './acknowledge-button';
import { useAsOf, useAsOfSearch } from './as-of/as-of';
import { IncidentStatus } from './incident-status';
import { type TagColours, TagList, useTagColours } from './tags';
import { ElapsedTime } from './time';

function Acknowledgement({ incident }: { incident: Incident }) {
  const { acknowledged, acknowledgement_expired_at: expiredAt } = incident;
  if (!acknowledged) {
    return (
      <>
        {expiredAt && incident.resolved_at === null && (
          <p className="mt-1 text-degraded text-xs" title={formatDateTime(expiredAt)}>
            {incidentMessages.acknowledgementExpired}
          </p>
        )}
        <AcknowledgeButton incident={incident} className="mt-2" />
      </>
    );
  }
  return (
    <p className="mt-1 text-ink-soft text-xs" title={formatDateTime(acknowledged.at)}>
      {incidentMessages.acknowledgedBy(acknowledged.by)}
    </p>
  );
}

/** Choosing some of the incidents. */
export interface IncidentSelection {
  isSelected: (incident: Incident) => boolean;
  /** Others have no checkbox. */
  isSelectable: (incident: Incident) => boolean;
  onSelect: (incident: Incident, isSelected: boolean) => void;
}

function Selector({ incident, selection }: { incident: Incident; selection: IncidentSelection }) {
  if (!selection.isSelectable(incident)) return <span className="size-5" />;
  return (
    // Larger than it looks, for fingers.
    <label className="-m-2.5 flex self-start p-2.5">
      <input
        type="checkbox"
        aria-label={incidentMessages.select(monitorNameOf(incident))}
        className="size-5 accent-ink"
        checked={selection.isSelected(incident)}
        onChange={({ target }) => selection.onSelect(incident, target.checked)}
      />
    </label>
  );
}

interface RowProps {
  incident: Incident;
  selection: IncidentSelection | null;
  showMonitor: boolean;
  colours: TagColours;
}

function IncidentRow({ incident, selection, showMonitor, colours }: RowProps) {
  const cause = describeCause(incident);
  const regions = regionsOfIncident(incident);
  const open = incident.resolved_at === null;
  const search = useAsOfSearch();
  const name = monitorNameOf(incident, useAsOf() !== null);
  return (
    <li
      className={cx(
        'relative grid gap-x-6 gap-y-1 px-5 py-4 sm:grid-cols-[1fr_auto]',
        selection && 'grid-cols-[auto_1fr] gap-x-4 sm:grid-cols-[auto_1fr_auto]',
      )}
    >
      {open && <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-down-fill" />}
      {selection && <Selector incident={incident} selection={selection} />}
      <div className="min-w-0">
        {showMonitor && incident.close_reason !== 'deleted' ? (
          <Link
            to="/monitors/$monitorId"
            params={{ monitorId: incident.monitor_id }}
            search={search}
            className="break-words font-semibold underline-offset-4 hover:underline"
          >
            {name}
          </Link>
        ) : (
          showMonitor && <span className="break-words font-semibold">{name}</span>
        )}
        <p className={showMonitor ? 'text-ink-soft text-sm' : 'text-sm'}>
          <Link
            to="/incidents/$incidentId"
            params={{ incidentId: incident.id }}
            search={search}
            className="underline decoration-line-strong/50 underline-offset-4 hover:text-ink hover:decoration-current"
          >
            {cause}
          </Link>
        </p>
        {regions && <p className="mt-1 break-words text-ink-soft text-xs">{regionsSentence(regions)}</p>}
        {incident.last_error && incident.last_error !== incident.first_error && (
          <p className="mt-1 break-words text-ink-soft text-xs">
            {incidentMessages.lastError(incident.last_error)}
          </p>
        )}
        {showMonitor && <TagList names={incident.tags ?? []} colours={colours} className="mt-1.5" />}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 text-sm max-sm:col-start-[-2] sm:block sm:text-right">
        <IncidentStatus incident={incident} />
        <p>
          {open ? <ElapsedTime since={incident.started_at} /> : formatDuration(incident.duration_seconds)}
        </p>
        <p className="text-ink-soft text-xs" title={formatDateTime(incident.started_at)}>
          {incidentMessages.started(formatShortDateTime(incident.started_at))}
        </p>
        <Acknowledgement incident={incident} />
      </div>
    </li>
  );
}

interface Props {
  incidents: Incident[];
  /** Whether to show the monitor of each incident. */
  showMonitor?: boolean;
  /** Null while none are being selected. */
  selection?: IncidentSelection | null;
}

export function IncidentList({ incidents, showMonitor = true, selection = null }: Props) {
  const colours = useTagColours();
  return (
    <ul className="card divide-y divide-line overflow-hidden">
      {incidents.map((incident) => (
        <IncidentRow
          key={incident.id}
          incident={incident}
          selection={selection}
          showMonitor={showMonitor}
          colours={colours}
        />
      ))}
    </ul>
  );
}
