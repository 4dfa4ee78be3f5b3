import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { asApiError } from '@/api/problem';
import { common, requestErrors } from '@/messages/common';
import { Button } from './button';

/** The server's error. One that is not the user's has the request ID that identifies it in the logs. */
export function ErrorNotice({ error, children }: { error: unknown; children?: ReactNode }) {
  const { detail, reference } = asApiError(error);
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
