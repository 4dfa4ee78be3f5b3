import { notifyManager, type Query, type QueryClient, type QueryFilters } from '@tanstack/react-query';
import type { ServerEvent } from '@/lib/sse';
import { openStream, type StreamState } from '@/lib/stream';
import { throttleByKey } from '@/lib/throttle';
import { isOfPast } from './as-of';
import { client } from './client';
import { keys, type MonitorFilter } from './keys';
import { applyStatus } from './live-cache';
import type { ChangedEvent, LiveEvent, StatusEvent } from './models';
import { ApiError } from './problem';
import { keepStatuses, reload } from './reload';

const REFETCH_INTERVAL_MS = 2_000;
const RETRY_FAILED_MS = 10_000;
/** Of hundreds of monitors a result comes every few milliseconds: they are shown together. */
const TOGETHER_MS = 100;

/** An event of the stream as the API's document has it; null if this version does not know it. */
function parseEvent({ event, data }: ServerEvent): LiveEvent | null {
  switch (event) {
    case 'status':
    case 'incident':
    case 'changed':
      return { event, data: JSON.parse(data) };
    case 'reset':
      return { event };
    default:
      return null;
  }
}

const MAX_LIVE_PAGES = 5;

/** Lists that somebody has opened far down are loaded again on the next visit: each page would be a request. */
function isShallow({ state }: Query): boolean {
  const pages = (state.data as { pages?: unknown[] } | undefined)?.pages;
  return (pages?.length ?? 0) <= MAX_LIVE_PAGES;
}

const INCIDENTS: QueryFilters = { queryKey: keys.incidents, predicate: isShallow };

/** The queries that show a resource. */
function queriesOf({ resource, id }: ChangedEvent): QueryFilters[] {
  switch (resource) {
    case 'monitor':
      return [
        // 0 is any of them.
        id === 0 ? { queryKey: keys.allMonitors } : { queryKey: keys.monitor(id), exact: true },
        { queryKey: keys.heartbeat(id), exact: true },
        { queryKey: keys.versions('monitors', id), predicate: isShallow },
        { queryKey: keys.monitorLists },
        { queryKey: keys.allMonitorNames },
        { queryKey: keys.summary },
        { queryKey: keys.allAlertRoutesOf },
        // They have the monitor's name.
        INCIDENTS,
      ];
    case 'channel':
      return [
        { queryKey: keys.channels },
        { queryKey: keys.ownChannels },
        { queryKey: keys.allAlertRoutesOf },
      ];
    case 'maintenance_window':
      if (id === 0) return [{ queryKey: keys.windows }];
      // Not the occurrences of all others: each of them is a request.
      return [
        { queryKey: keys.windows, exact: true },
        { queryKey: keys.occurrences(id) },
        { queryKey: keys.versioned('maintenance-windows', id), predicate: isShallow },
      ];
    case 'tag':
      return [
        { queryKey: keys.tags },
        { queryKey: keys.monitorLists },
        { queryKey: keys.windows, exact: true },
        INCIDENTS,
      ];
    case 'status_page':
      return [
        { queryKey: keys.statusPageList },
        { queryKey: keys.statusPage(id) },
        { queryKey: keys.destinations(id) },
        // It may be a report of the page: which one is not said.
        { queryKey: keys.statusReportList(id), predicate: isShallow },
        { queryKey: keys.allStatusReports },
        { queryKey: keys.allReportDrafts },
      ];
    case 'silence':
      return [{ queryKey: keys.silences }];
    case 'alert_route':
    case 'escalation_policy':
      return [{ queryKey: keys.alertPolicy }];
    case 'on_call_schedule':
      return [{ queryKey: keys.onCall }];
    case 'team':
      return [{ queryKey: keys.teams }];
    default:
      return [];
  }
}

/** Applies the server's events to the query cache. */
export function createEventHandler(cache: QueryClient) {
  const refetch = throttleByKey<QueryFilters>(
    (filters) => reload(cache, filters),
    REFETCH_INTERVAL_MS,
    (filters) => JSON.stringify(filters),
  );
  const statuses = keepStatuses(cache);

  function onStatus(event: StatusEvent): void {
    const { changed } = applyStatus(cache, event);
    statuses.add(event);
    const results = keys.results(event.monitor_id);
    // An event lacks some columns of a result, so results in use are refetched.
    if (cache.getQueryState(results)) refetch.call({ queryKey: results });
    // Neither has it pings.
    const heartbeat = keys.heartbeat(event.monitor_id);
    if (cache.getQueryState(heartbeat)) refetch.call({ queryKey: heartbeat, predicate: isShallow });
    if (!changed) return;
    refetch.call({ queryKey: keys.summary });
    const uptime = keys.uptime(event.monitor_id);
    if (cache.getQueryState(uptime)) refetch.call({ queryKey: uptime });
    // Only the server knows which monitors belong to a list filtered by state.
    for (const query of cache.getQueryCache().findAll({ queryKey: keys.monitorLists })) {
      const filter = query.queryKey[2] as MonitorFilter;
      if (filter.state !== '') refetch.call({ queryKey: query.queryKey });
    }
  }

  /** Those that are to be applied; null while the next one is applied at once. */
  let waiting: StatusEvent[] | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function applyWaiting(): void {
    const events = waiting ?? [];
    waiting = events.length > 0 ? [] : null;
    if (waiting) timer = setTimeout(applyWaiting, TOGETHER_MS);
    notifyManager.batch(() => events.forEach(onStatus));
  }

  function queueStatus(event: StatusEvent): void {
    waiting?.push(event);
    if (waiting) return;
    waiting = [event];
    applyWaiting();
  }

  return {
    onEvent(received: ServerEvent): void {
      const event = parseEvent(received);
      switch (event?.event) {
        case 'status':
          queueStatus(event.data);
          return;
        case 'incident':
          refetch.call(INCIDENTS);
          refetch.call({ queryKey: keys.summary });
          refetch.call({ queryKey: keys.allIncidentsOf(event.data.monitor_id) });
          return;
        case 'changed':
          for (const filters of queriesOf(event.data)) refetch.call(filters);
          return;
        case 'reset':
          void reload(cache);
      }
    },
    onGap: () => void reload(cache),
    stop() {
      clearTimeout(timer);
      refetch.cancel();
      statuses.stop();
    },
  };
}

const hasFailed = ({ state: { status, error }, meta, queryKey }: Query) =>
  status === 'error' &&
  error instanceof ApiError &&
  error.isTransient &&
  meta?.isSimulation !== true &&
  !isOfPast(queryKey);

/** Keeps the query cache current until the returned function is called; `onData` is when something arrives. */
export function connectLiveUpdates(
  cache: QueryClient,
  onState: (state: StreamState) => void,
  onData?: () => void,
): () => void {
  const handler = createEventHandler(cache);
  // Also while the stream is open: behind it another part of the server may be down.
  const retryFailed = () => void cache.refetchQueries({ type: 'active', predicate: hasFailed });
  const timer = setInterval(retryFailed, RETRY_FAILED_MS);
  const close = openStream({
    async connect(lastEventId, signal) {
      const { response } = await client.GET('/stream', {
        parseAs: 'stream',
        signal,
        cache: 'no-store',
        headers: {
          Accept: 'text/event-stream',
          ...(lastEventId && { 'Last-Event-ID': lastEventId }),
        },
      });
      return response;
    },
    onEvent: handler.onEvent,
    onGap: handler.onGap,
    ...(onData && { onData }),
    onState(state) {
      onState(state);
      if (state === 'live') retryFailed();
    },
  });
  return () => {
    clearInterval(timer);
    close();
    handler.stop();
  };
}
