import { Link } from '@tanstack/react-router';
import { Siren } from 'lucide-react';
import { alertingMessages } from '@/messages/alerting';
import { buttonClass } from './button';

/** Leads to a new drill, of a monitor if one is given. */
export function DrillLink({ monitorId }: { monitorId?: number }) {
  return (
    <Link
      to="/drills"
      search={{ start: true, ...(monitorId !== undefined && { monitor: monitorId }) }}
      className={buttonClass()}
    >
      <Siren className="size-4" aria-hidden />
      {alertingMessages.drill}
    </Link>
  );
}
