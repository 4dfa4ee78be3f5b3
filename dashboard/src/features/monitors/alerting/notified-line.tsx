import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellRing } from 'lucide-react';
import { useState } from 'react';
import { alertRouteOfQuery } from '@/api/alert-policy';
import { alertingMessages } from '@/messages/alerting';
import { ExplanationDialog } from './explanation-dialog';
import { describeDestinations, monitorAlerting as messages } from './messages';

/** Who is notified of an incident of this monitor, in one line. Nothing until it is known. */
export function NotifiedLine({ monitorId }: { monitorId: number }) {
  const { data } = useQuery(alertRouteOfQuery(monitorId));
  const [isOpen, setOpen] = useState(false);
  if (!data) return null;
  return (
    <p className="mt-3 flex items-start gap-1.5 text-ink-soft text-sm">
      <BellRing className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">
        {messages.notifies(describeDestinations(data))}{' '}
        <button
          type="button"
          className="font-medium text-ink underline underline-offset-4"
          onClick={() => setOpen(true)}
        >
          {messages.why}
        </button>{' '}
        <Link
          to="/monitors/$monitorId/why"
          params={{ monitorId }}
          className="ml-2 whitespace-nowrap font-medium text-ink underline underline-offset-4"
        >
          {alertingMessages.why}
        </Link>
      </span>
      {isOpen && <ExplanationDialog monitorId={monitorId} onClose={() => setOpen(false)} />}
    </p>
  );
}
