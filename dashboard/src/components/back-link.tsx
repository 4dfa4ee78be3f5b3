import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';

interface Parent {
  to:
    | '/'
    | '/drills'
    | '/incidents'
    | '/notifications'
    | '/notifications/routes'
    | '/notifications/escalation-policies'
    | '/on-call'
    | '/sla-reports'
    | '/status-pages';
  monitorId?: never;
}

interface Monitor {
  to: '/monitors/$monitorId' | '/monitors/$monitorId/history';
  monitorId: number;
}

type Props = (Parent | Monitor) & { children: string };

/** Link to the parent page. */
export function BackLink({ to, monitorId, children }: Props) {
  return (
    <Link
      to={to}
      {...(monitorId !== undefined && { params: { monitorId } })}
      className="mb-4 inline-flex items-center gap-1.5 text-ink-soft text-sm hover:text-ink"
    >
      <ArrowLeft className="size-4" aria-hidden />
      {children}
    </Link>
  );
}
