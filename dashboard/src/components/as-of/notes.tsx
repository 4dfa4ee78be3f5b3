import { CircleAlert, CircleHelp, History } from 'lucide-react';
import { cx } from '@/lib/cx';
import { asOfMessages as messages } from '@/messages/as-of';
import { StatePill } from '../state';

/** Why there is no answer as of the instant, in the server's words. */
export function RefusedInstant({ reason }: { reason: string }) {
  return (
    <div
      role="alert"
      className="mb-4 flex gap-3 rounded-lg border border-past/40 bg-past/8 px-4 py-3 font-semibold text-sm"
    >
      <CircleAlert className="mt-0.5 size-4.5 shrink-0 text-past" aria-hidden />
      <p className="min-w-0 break-words">{messages.refused(reason)}</p>
    </div>
  );
}

/** Where a state would be: it is none. */
export const NotKnownBadge = ({ large = false }: { large?: boolean }) => (
  <StatePill icon={CircleHelp} text="text-paused" label={messages.notKnown} large={large} />
);

/** The same where there is no room for words. */
export const NotKnownIcon = ({ className }: { className: string }) => (
  <CircleHelp className={cx('text-paused', className)} role="img" aria-label={messages.notKnown} />
);

/** What is not shown, because it is known of the present only, or of no time at all. */
export function LeftOut({ children }: { children: string }) {
  return (
    <p className="mt-8 flex items-start gap-2 text-ink-soft text-sm">
      <History className="mt-0.5 size-4 shrink-0" aria-hidden />
      {children}
    </p>
  );
}
