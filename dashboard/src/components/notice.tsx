import { Link, useLocation } from '@tanstack/react-router';
import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { asApiError } from '@/api/problem';
import { useSession } from '@/api/use-session';
import { common, requestErrors } from '@/messages/common';
import { Button } from './button';

/** Leads members to the plan whose limit is reached, unless they are there already. */
function PlanLink() {
  const isMember = useSession() !== null;
  const path = useLocation({ select: ({ pathname }) => pathname });
  if (!isMember || path === '/organisation') return null;
  return (
    <Link to="/organisation" className="mt-1 inline-block font-medium underline underline-offset-4">
      {common.seePlan}
    </Link>
  );
}

/** The server's error. One that is not the user's has the request ID that identifies it in the logs. */
export function ErrorNotice({ error, children }: { error: unknown; children?: ReactNode }) {
  const { detail, reference, limitReached } = asApiError(error);
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-down/40 bg-down/8 px-4 py-3 text-sm">
      <CircleAlert className="mt-0.5 size-4.5 shrink-0 text-down" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="break-words font-semibold first-letter:uppercase">{detail}</p>
        {reference && (
          <p className="mt-1 select-text break-all text-ink-soft text-xs">
            {requestErrors.requestId(reference)}
          </p>
        )}
        {limitReached && <PlanLink />}
        {children}
      </div>
    </div>
  );
}

export function FailedQuery({
  error,
  onRetry,
  busy,
}: {
  error: unknown;
  onRetry: () => void;
  busy: boolean;
}) {
  return (
    <ErrorNotice error={error}>
      <Button className="mt-3" busy={busy} onClick={onRetry}>
        {!busy && <RotateCw className="size-4" aria-hidden />}
        {common.retry}
      </Button>
    </ErrorNotice>
  );
}
