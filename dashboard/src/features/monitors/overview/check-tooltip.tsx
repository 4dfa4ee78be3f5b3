import { type PointerEvent, useEffect, useState } from 'react';
import type { Monitor } from '@/api/models';
import { placeOf, pointAt } from '@/components/sparkline';
import { formatDateTime } from '@/lib/format';
import { tableMessages } from './messages';

/** A check that somebody points at. */
interface Shown {
  /** Of which monitor. */
  id: number;
  /** When. */
  at: string;
  /** Where it is in the window. */
  x: number;
  y: number;
}

const checksOf = (row: Element | null): DOMRect | undefined =>
  row?.querySelector('[data-checks]')?.getBoundingClientRect();

/** The one tooltip of all checks in a table: each with its own would be thirty in every row. */
export function useCheckTooltip(byId: ReadonlyMap<number, Monitor>) {
  const [shown, setShown] = useState<Shown | null>(null);

  function show(monitor: Monitor, index: number, area: DOMRect) {
    const points = monitor.sparkline;
    const at = points[index]?.at;
    if (at === undefined) return hide();
    const x = area.left + area.width * placeOf(points.length, index);
    setShown((old) =>
      old?.id === monitor.id && old.at === at ? old : { id: monitor.id, at, x, y: area.top },
    );
  }

  function hide() {
    setShown(null);
  }

  /** Follows the pointer, which may be on the link that covers the row. */
  function onPointerMove(event: PointerEvent<HTMLElement>) {
    const row = (event.target as Element).closest<HTMLElement>('tr[data-row]');
    const monitor = byId.get(Number.parseInt(row?.dataset.row ?? '', 10));
    const area = checksOf(row);
    if (!monitor || !area || area.width === 0) return hide();
    const index = pointAt(monitor.sparkline.length, (event.clientX - area.left) / area.width);
    if (index === null) hide();
    else show(monitor, index, area);
  }

  /** Goes to the check before or after, beginning with the latest. */
  function step(row: HTMLElement, by: 1 | -1) {
    const monitor = byId.get(Number.parseInt(row.dataset.row ?? '', 10));
    const area = checksOf(row);
    if (!monitor || !area) return;
    const points = monitor.sparkline;
    const current = shown?.id === monitor.id ? points.findIndex(({ at }) => at === shown.at) : -1;
    const next = current === -1 ? points.length - 1 : current + by;
    show(monitor, Math.min(points.length - 1, Math.max(0, next)), area);
  }

  const isShown = shown !== null;
  useEffect(() => {
    if (!isShown) return;
    // It would stay where the row was.
    const close = () => setShown(null);
    window.addEventListener('scroll', close, { passive: true });
    return () => window.removeEventListener('scroll', close);
  }, [isShown]);

  const point = shown && byId.get(shown.id)?.sparkline.find(({ at }) => at === shown.at);
  const tooltip = (
    <div role="tooltip" aria-live="polite" className="contents">
      {shown && point && (
        <p
          className="-translate-x-1/2 -translate-y-full pointer-events-none fixed z-30 whitespace-nowrap rounded-md bg-ink px-2 py-1 text-paper text-xs shadow-lg"
          style={{ left: shown.x, top: shown.y - 4 }}
        >
          {tableMessages.check(formatDateTime(point.at), point.state, point.latency_ms)}
        </p>
      )}
    </div>
  );
  return { tooltip, onPointerMove, step, hide };
}
