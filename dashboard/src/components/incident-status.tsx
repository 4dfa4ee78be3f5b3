import { CircleCheck, CircleSlash, OctagonX } from 'lucide-react';
import type { Incident } from '@/api/models';
import { closeReason, incidentMessages } from '@/messages/incidents';

/** Ongoing, or how the incident ended. */
export function IncidentStatus({ incident }: { incident: Incident }) {
  if (incident.resolved_at === null) {
    return (
      <span className="inline-flex items-center gap-1.5 font-semibold text-down">
        <OctagonX className="size-4 shrink-0" aria-hidden />
        {incidentMessages.ongoing}
      </span>
    );
  }
  const recovered = incident.close_reason === 'recovered';
  const Icon = recovered ? CircleCheck : CircleSlash;
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium ${recovered ? 'text-up' : 'text-paused'}`}>
      <Icon className="size-4 shrink-0" aria-hidden />
      {closeReason(incident)}
    </span>
  );
}
