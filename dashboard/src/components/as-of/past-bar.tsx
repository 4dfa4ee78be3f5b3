import { useIsFetching } from '@tanstack/react-query';
import { History, LoaderCircle } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useLayoutEffect, useRef } from 'react';
import { keys } from '@/api/keys';
import { cx } from '@/lib/cx';
import { focusPage } from '@/lib/focus';
import { formatDateTimeIn } from '@/lib/format';
import { browserTimeZone } from '@/lib/time-zone';
import { asOfMessages as messages } from '@/messages/as-of';
import { common } from '@/messages/common';
import { useAsOf, useShowAsOf } from './as-of';

const Controls = lazy(() => import('./controls').then(({ Controls }) => ({ default: Controls })));

/** Says that the past is shown, and of when, wherever somebody has scrolled to. */
function Strip({ at }: { at: string }) {
  const show = useShowAsOf();
  const isLoading = useIsFetching({ queryKey: keys.asOf }) > 0;
  const text = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    // What opened it is gone.
    if (document.activeElement === document.body) text.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="sticky top-0 z-30 bg-past text-paper">
      <div className="mx-auto flex max-w-(--page-width) flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2 text-sm">
        <History className="size-4.5 shrink-0" aria-hidden />
        <p ref={text} tabIndex={-1} role="status" className="min-w-0 flex-1 basis-48 outline-none">
          <strong className="font-semibold">{messages.past}</strong>
          {' · '}
          <time dateTime={at}>{formatDateTimeIn(at, browserTimeZone())}</time>
          <span className="block text-xs">{messages.notCurrent}</span>
        </p>
        {isLoading && (
          <LoaderCircle className="size-4 shrink-0 animate-spin" role="img" aria-label={common.loading} />
        )}
        <button
          type="button"
          className="min-h-9 shrink-0 rounded-lg border border-current px-3.5 font-medium hover:bg-paper/15 focus-visible:outline-current"
          onClick={() => void show(null).then(focusPage)}
        >
          {messages.backToNow}
        </button>
      </div>
    </div>
  );
}

/** Above a page that is shown as of an earlier instant: of when, and other instants. Renders nothing in the present. */
export function PastBar() {
  const at = useAsOf();
  if (at === null) return null;
  return (
    <>
      <div aria-hidden className="pointer-events-none fixed inset-0 z-40 border-4 border-past" />
      <Strip at={at} />
      <Suspense fallback={<div className="min-h-44 border-line border-b bg-surface" />}>
        <Controls at={at} />
      </Suspense>
    </>
  );
}

/** Faded while what it shows is still of another instant. */
export function PastPage({ children }: { children: ReactNode }) {
  const isLoading = useIsFetching({ queryKey: keys.asOf }) > 0;
  const isStale = useAsOf() !== null && isLoading;
  return (
    <div aria-busy={isStale} className={cx(isStale && 'opacity-60 transition-opacity')}>
      {children}
    </div>
  );
}
