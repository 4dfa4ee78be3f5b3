import { CircleCheck, CircleSlash, OctagonX } from 'lucide-react';
import type { Incident } from '@/api/types';

export const ENDINGS: Record<NonNullable<Incident['close_reason']>, string> = {
  recovered: 'Recovered',
  edited: 'Closed: monitor edited',
  paused: 'Closed: monitor paused',
  deleted: 'Closed: monitor deleted',
};

/** Whether an incident goes on, and else how it ended. */
export function Outcome({ incident }: { incident: Incident }) {
  if (incident.resolved_at === null) {
    return (
      <span className="inline-flex items-center gap-1.5 font-semibold text-down">
        <OctagonX className="size-4 shrink-0" aria-hidden />
        Open
      </span>
    );
  }
  const recovered = incident.close_reason === 'recovered';
  const Icon = recovered ? CircleCheck : CircleSlash;
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium ${recovered ? 'text-up' : 'text-paused'}`}>
      <Icon className="size-4 shrink-0" aria-hidden />
      {ENDINGS[incident.close_reason ?? 'recovered']}
    </span>
  );
}
