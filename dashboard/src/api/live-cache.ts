import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { keys } from './keys';
import type { Monitor, Point, StatusEvent } from './models';
import { type MonitorPages, stateOf } from './monitors';

const SPARKLINE_LENGTH = 30;

function withPoint(points: Point[], point: Point): Point[] {
  const last = points.at(-1);
  if (last && last.at > point.at) return points;
  const before = last?.at === point.at ? points.slice(0, -1) : points;
  return [...before, point].slice(-SPARKLINE_LENGTH);
}

/** The monitor after the event, or the same object if the event is stale. */
export function patchMonitor(monitor: Monitor, { status, point }: StatusEvent): Monitor {
  const current = monitor.status.last_checked_at;
  if (current && status.last_checked_at && status.last_checked_at < current) return monitor;
  return {
    ...monitor,
    paused: status.state === 'paused',
    status,
    sparkline: point ? withPoint(monitor.sparkline, point) : monitor.sparkline,
  };
}

function patchPages(data: MonitorPages, event: StatusEvent): MonitorPages {
  const matches = (monitor: Monitor) => monitor.id === event.monitor_id;
  let isListed = false;
  // There are thousands, and a hundred events a second: nothing is gone through twice.
  const pages = data.pages.map((page) => {
    const at = page.items.findIndex(matches);
    const found = page.items[at];
    if (!found) return page;
    isListed = true;
    return { ...page, items: page.items.with(at, patchMonitor(found, event)) };
  });
  return isListed ? { ...data, pages } : data;
}

const isPages = (data: MonitorPages | Monitor): data is MonitorPages => 'pages' in data;

/** Applies a `status` event to one query of monitors. */
export function applyStatusTo(client: QueryClient, queryKey: QueryKey, event: StatusEvent): void {
  client.setQueryData<MonitorPages | Monitor>(queryKey, (data) => {
    if (!data) return data;
    if (isPages(data)) return patchPages(data, event);
    return data.id === event.monitor_id ? patchMonitor(data, event) : data;
  });
}

/**
 * Applies a `status` event to every cached query with the monitor, so that no list is refetched. Returns whether
 * the cached state changed.
 */
export function applyStatus(client: QueryClient, event: StatusEvent): { changed: boolean } {
  let changed = false;
  const compare = (before: Monitor | undefined) => {
    if (before && stateOf(before) !== event.status.state) changed = true;
  };
  client.setQueriesData<MonitorPages>({ queryKey: keys.monitorLists }, (data) => {
    if (!data) return data;
    const next = patchPages(data, event);
    // Only a page that has the monitor is another one.
    const at = next.pages.findIndex((page, index) => page !== data.pages[index]);
    compare(data.pages[at]?.items.find((m) => m.id === event.monitor_id));
    return next;
  });
  client.setQueryData<Monitor>(keys.monitor(event.monitor_id), (monitor) => {
    compare(monitor);
    return monitor && patchMonitor(monitor, event);
  });
  return { changed };
}
