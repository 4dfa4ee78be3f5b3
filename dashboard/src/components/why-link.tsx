import { Link } from '@tanstack/react-router';
import { CircleHelp } from 'lucide-react';
import { alertingMessages } from '@/messages/alerting';
import { useAsOf } from './as-of/as-of';
import { buttonClass } from './button';

/** Leads to why somebody was notified of a monitor at an instant, or nobody was; from the past, there and back. */
export function WhyLink({ monitorId, at }: { monitorId: number; at: string }) {
  const past = useAsOf() ?? undefined;
  return (
    <Link
      to="/monitors/$monitorId/why"
      params={{ monitorId }}
      search={{ at, past }}
      className={buttonClass()}
    >
      <CircleHelp className="size-4" aria-hidden />
      {alertingMessages.why}
    </Link>
  );
}
