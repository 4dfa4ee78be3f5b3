import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Monitor } from '@/api/types';
import { Button } from '@/components/button';
import { formatCount } from '@/lib/format';
import { MonitorRow } from './monitor-row';

/** Rows that are drawn at first, and further ones at a time: a thousand at once would take a second. */
const BATCH = 100;

/** The arrow keys lead from row to row. */
function onKeyDown(event: KeyboardEvent<HTMLUListElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (at === -1) return;
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  links[next]?.focus();
}

interface Props {
  monitors: Monitor[];
  isFetchingMore: boolean;
  /** Null when there are no others. */
  fetchMore: (() => unknown) | null;
}

export function MonitorList({ monitors, isFetchingMore, fetchMore }: Props) {
  const [drawn, setDrawn] = useState(BATCH);
  const end = useRef<HTMLDivElement>(null);
  const hasMore = drawn < monitors.length || fetchMore !== null;

  function showMore() {
    if (drawn < monitors.length) setDrawn(drawn + BATCH);
    else if (!isFetchingMore) fetchMore?.();
  }

  const latest = useRef(showMore);
  latest.current = showMore;
  // A new observer for each batch: one that is still in sight is reported once only.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const element = end.current;
    if (!element || !('IntersectionObserver' in window)) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '800px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [drawn, monitors.length, hasMore]);

  return (
    <>
      <ul aria-label="Monitors" className="card divide-y divide-line overflow-hidden" onKeyDown={onKeyDown}>
        {monitors.slice(0, drawn).map((monitor) => (
          <MonitorRow key={monitor.id} monitor={monitor} />
        ))}
      </ul>
      {hasMore && (
        <div ref={end} className="mt-4 text-center">
          <Button busy={isFetchingMore} onClick={showMore}>
            Show more
          </Button>
          {drawn < monitors.length && (
            <p className="mt-2 text-ink-soft text-xs">
              {formatCount(drawn)} of {formatCount(monitors.length)}
              {fetchMore && ' and more'}
            </p>
          )}
        </div>
      )}
    </>
  );
}
