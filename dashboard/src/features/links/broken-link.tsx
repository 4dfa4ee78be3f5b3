import { Unlink } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '@/api/problem';
import { PublicPage } from '@/components/public-page';
import { linkMessages } from './messages';

/** Whether the server knows the token of a link no more; everything else may be over soon. */
export const isBroken = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.status === 404 ||
    error.status === 410 ||
    (error.status === 422 && error.fields.some(({ field }) => field === 'token')));

/** For a link that is good for nothing any more, or that lacks its token. */
export function BrokenLink({ missing = false, children }: { missing?: boolean; children: ReactNode }) {
  return (
    <PublicPage title={missing ? linkMessages.incomplete : linkMessages.broken}>
      <p className="mt-3 flex gap-3 text-pretty text-sm">
        <Unlink className="mt-0.5 size-4.5 shrink-0 text-ink-soft" aria-hidden />
        <span>{missing ? linkMessages.missing : linkMessages.brokenHint}</span>
      </p>
      <div className="mt-6 text-ink-soft text-sm">{children}</div>
    </PublicPage>
  );
}
