import type { QueryClient } from '@tanstack/react-query';
import { keys } from './keys';
import { type MonitorPages, stateOf } from './monitors';
import type { Monitor, Point, StatusEvent } from './types';

const SPARKLINE_LENGTH = 30;

function withPoint(points: Point[], point: Point): Point[] {
  const last = points.at(-1);
  if (last && last.at > point.at) return points;
  const before = last?.at === point.at ? points.slice(0, -1) : points;
  return [...before, point].slice(-SPARKLINE_LENGTH);
}

/** The monitor after the event, or the same object when the event is older than what is known. */
export function patchMonitor(monitor: Monitor, { status, point }: StatusEvent): Monitor {
  const known = monitor.status.last_checked_at;
  if (known && status.last_checked_at && status.last_checked_at < known) return monitor;
  return {
    ...monitor,
    paused: status.state === 'paused',
    status,
    sparkline: point ? withPoint(monitor.sparkline, point) : monitor.sparkline,
  };
}

function patchPages(data: MonitorPages, event: StatusEvent): MonitorPages {
  const holds = (monitor: Monitor) => monitor.id === event.monitor_id;
  if (!data.pages.some((page) => page.items.some(holds))) return data;
  return {
    ...data,
    pages: data.pages.map((page) =>
      page.items.some(holds)
        ? { ...page, items: page.items.map((m) => (holds(m) ? patchMonitor(m, event) : m)) }
        : page,
    ),
  };
}

/**
 * Writes a `status` event into every cached query that shows the monitor, so that no list is fetched for it.
 * Answers whether the monitor's state became another, as far as the cache knew it.
 */
export function applyStatus(client: QueryClient, event: StatusEvent): { changed: boolean } {
  let changed = false;
  const note = (before: Monitor | undefined) => {
    if (before && stateOf(before) !== event.status.state) changed = true;
  };
  client.setQueriesData<MonitorPages>({ queryKey: keys.monitorLists }, (data) => {
    if (!data) return data;
    note(data.pages.flatMap((page) => page.items).find((m) => m.id === event.monitor_id));
    return patchPages(data, event);
  });
  client.setQueryData<Monitor>(keys.monitor(event.monitor_id), (monitor) => {
    note(monitor);
    return monitor && patchMonitor(monitor, event);
  });
  return { changed };
}
