import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useAsOf } from './as-of/as-of';

interface Parent {
  to:
    | '/'
    | '/drills'
    | '/incidents'
    | '/maintenance'
    | '/notifications'
    | '/notifications/routes'
    | '/notifications/escalation-policies'
    | '/on-call'
    | '/sla-reports'
    | '/status-pages';
  monitorId?: never;
  at?: never;
}

interface Monitor {
  to: '/monitors/$monitorId' | '/monitors/$monitorId/history';
  monitorId: number;
  /** As of which instant, where a page of the present was reached from the past. */
  at?: string | undefined;
}

type Props = (Parent | Monitor) & { children: string };

const CLASS = 'mb-4 inline-flex items-center gap-1.5 text-ink-soft text-sm hover:text-ink';

/** Link to the parent page, in the past as of the same instant. */
export function BackLink({ to, monitorId, at: then, children }: Props) {
  const at = useAsOf();
  const text = (
    <>
      <ArrowLeft className="size-4" aria-hidden />
      {children}
    </>
  );
  if (at !== null && (to === '/' || to === '/incidents')) {
    return (
      <Link to={to} search={{ at }} className={CLASS}>
        {text}
      </Link>
    );
  }
  if (then !== undefined && to === '/monitors/$monitorId' && monitorId !== undefined) {
    return (
      <Link to={to} params={{ monitorId }} search={{ at: then }} className={CLASS}>
        {text}
      </Link>
    );
  }
  return (
    <Link to={to} {...(monitorId !== undefined && { params: { monitorId } })} className={CLASS}>
      {text}
    </Link>
  );
}
