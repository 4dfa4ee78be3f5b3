import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { versionMessages as messages } from './messages';

/** From a monitor to what it was before. */
export function HistoryLink({ monitorId }: { monitorId: number }) {
  return (
    <p className="mt-2 flex items-start gap-1.5 text-ink-soft text-sm">
      <History className="mt-0.5 size-4 shrink-0" aria-hidden />
      <Link
        to="/monitors/$monitorId/history"
        params={{ monitorId }}
        className="font-medium text-ink underline underline-offset-4"
      >
        {messages.title}
      </Link>
    </p>
  );
}
