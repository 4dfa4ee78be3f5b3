import { Link } from '@tanstack/react-router';
import { CircleHelp } from 'lucide-react';
import { alertingMessages } from '@/messages/alerting';
import { buttonClass } from './button';

/** Leads to why somebody was notified of a monitor at an instant, or nobody was. */
export function WhyLink({ monitorId, at }: { monitorId: number; at: string }) {
  return (
    <Link to="/monitors/$monitorId/why" params={{ monitorId }} search={{ at }} className={buttonClass()}>
      <CircleHelp className="size-4" aria-hidden />
      {alertingMessages.why}
    </Link>
  );
}
