import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';

/** Link to the parent page. */
export function BackLink({ to, children }: { to: '/' | '/incidents' | '/notifications' | '/sla-reports'; children: string }) {
  return (
    <Link to={to} className="mb-4 inline-flex items-center gap-1.5 text-ink-soft text-sm hover:text-ink">
      <ArrowLeft className="size-4" aria-hidden />
      {children}
    </Link>
  );
}
