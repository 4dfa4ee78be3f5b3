import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';

interface Props {
  to:
    | '/'
    | '/drills'
    | '/incidents'
    | '/notifications'
    | '/notifications/escalation-policies'
    | '/on-call'
    | '/sla-reports'
    | '/status-pages';
  children: string;
}

/** Link to the parent page. */
export function BackLink({ to, children }: Props) {
  return (
    <Link to={to} className="mb-4 inline-flex items-center gap-1.5 text-ink-soft text-sm hover:text-ink">
      <ArrowLeft className="size-4" aria-hidden />
      {children}
    </Link>
  );
}
