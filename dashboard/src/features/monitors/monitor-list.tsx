import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Monitor } from '@/api/models';
import { Button } from '@/components/button';
import { useTagColours } from '@/components/tags';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { monitorMessages } from './messages';
import { MonitorRow } from './monitor-row';

/** Rows rendered at a time: a thousand at once would take a second. */
const BATCH = 100;

/** The arrow keys move from row to row. */
export function moveByArrows(event: KeyboardEvent<HTMLUListElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (at === -1) return;
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  links[next]?.focus();
}

interface Batches {
  /** How many rows there are to render. */
  total: number;
  isFetchingMore: boolean;
  /** Null if there are no more. */
  fetchMore: (() => unknown) | null;
}

/** How many rows to render, and what is shown after them, which renders more once it is in sight. */
export function useBatches({ total, isFetchingMore, fetchMore }: Batches): {
  rendered: number;
  end: ReactNode;
} {
  const [rendered, setRendered] = useState(BATCH);
  const end = useRef<HTMLDivElement>(null);
  const hasMore = rendered < total || fetchMore !== null;

  function showMore() {
    if (rendered < total) setRendered(rendered + BATCH);
    else if (!isFetchingMore) fetchMore?.();
  }

  const latest = useRef(showMore);
  latest.current = showMore;
  // A new observer per batch: an element that stays visible is reported only once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const element = end.current;
    if (!element || !('IntersectionObserver' in window)) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '800px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [rendered, total, hasMore]);

  return {
    rendered,
    end: hasMore && (
      <div ref={end} className="mt-4 text-center">
        <Button busy={isFetchingMore} onClick={showMore}>
          {common.showMore}
        </Button>
        {rendered < total && (
          <p className="mt-2 text-ink-soft text-xs">
            {fetchMore ? monitorMessages.shownOfMore(rendered, total) : common.shown(rendered, total)}
          </p>
        )}
      </div>
    ),
  };
}

export interface Props {
  monitors: Monitor[];
  /** Null while monitors are not being selected. */
  selected: ReadonlySet<number> | null;
  /** Must stay the same from one rendering to the next. */
  onSelect: (ids: readonly number[], selected: boolean) => void;
  isFetchingMore: boolean;
  /** Null if there are no more. */
  fetchMore: (() => unknown) | null;
}

export function MonitorList({ monitors, selected, onSelect, isFetchingMore, fetchMore }: Props) {
  const colours = useTagColours();
  const { rendered, end } = useBatches({ total: monitors.length, isFetchingMore, fetchMore });
  return (
    <>
      <ul
        aria-label={PAGE_TITLES.monitors}
        className="card divide-y divide-line overflow-hidden"
        onKeyDown={moveByArrows}
      >
        {monitors.slice(0, rendered).map((monitor) => (
          <MonitorRow
            key={monitor.id}
            monitor={monitor}
            colours={colours}
            selected={selected === null ? null : selected.has(monitor.id)}
            onSelect={onSelect}
          />
        ))}
      </ul>
      {end}
    </>
  );
}
