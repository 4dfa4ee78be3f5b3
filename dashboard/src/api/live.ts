import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';
import type { ServerEvent } from '@/lib/sse';
import { openStream, type StreamState } from '@/lib/stream';
import { throttleByKey } from '@/lib/throttle';
import { client } from './client';
import { keys, type MonitorFilter } from './keys';
import { applyStatus } from './live-cache';
import type { LiveEvent, StatusEvent } from './models';

const REFETCH_INTERVAL_MS = 2_000;

/** An event of the stream as the API's document has it; null if this version does not know it. */
function parseEvent({ event, data }: ServerEvent): LiveEvent | null {
  switch (event) {
    case 'status':
    case 'incident':
      return { event, data: JSON.parse(data) };
    case 'reset':
      return { event };
    default:
      return null;
  }
}

/** Applies the server's events to the query cache. */
export function createEventHandler(cache: QueryClient) {
  const refetch = throttleByKey<QueryKey>(
    (queryKey) => void cache.invalidateQueries({ queryKey }),
    REFETCH_INTERVAL_MS,
    (key) => JSON.stringify(key),
  );

  function onStatus(event: StatusEvent): void {
    const { changed } = applyStatus(cache, event);
    const results = keys.results(event.monitor_id);
    // An event lacks some columns of a result, so results in use are refetched.
    if (cache.getQueryState(results)) refetch.call(results);
    if (!changed) return;
    refetch.call(keys.summary);
    if (cache.getQueryState(keys.uptime(event.monitor_id))) refetch.call(keys.uptime(event.monitor_id));
    // Only the server knows which monitors belong to a list filtered by state.
    for (const query of cache.getQueryCache().findAll({ queryKey: keys.monitorLists })) {
      const filter = query.queryKey[2] as MonitorFilter;
      if (filter.state !== '') refetch.call(query.queryKey);
    }
  }

  return {
    onEvent(received: ServerEvent): void {
      const event = parseEvent(received);
      switch (event?.event) {
        case 'status':
          onStatus(event.data);
          return;
        case 'incident':
          refetch.call(keys.incidents);
          refetch.call(keys.summary);
          return;
        case 'reset':
          void cache.invalidateQueries();
      }
    },
    onGap: () => void cache.invalidateQueries(),
    stop: refetch.cancel,
  };
}

const hasFailed = (query: Query) => query.state.status === 'error';

/** Keeps the query cache current until the returned function is called. */
export function connectLiveUpdates(cache: QueryClient, onState: (state: StreamState) => void): () => void {
  const handler = createEventHandler(cache);
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
    onState(state) {
      onState(state);
      // Retry what failed while the server was unreachable.
      if (state === 'live') void cache.invalidateQueries({ predicate: hasFailed });
    },
  });
  return () => {
    close();
    handler.stop();
  };
}
