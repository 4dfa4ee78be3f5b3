import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';
import type { ServerEvent } from '@/lib/sse';
import { openStream, type StreamState } from '@/lib/stream';
import { throttleByKey } from '@/lib/throttle';
import { authorizedFetch } from './client';
import { keys } from './keys';
import { applyStatus } from './live-cache';
import type { StatusEvent } from './types';

const REFETCH_INTERVAL_MS = 2_000;

/** Applies the server's events to the query cache. */
export function createEventHandler(client: QueryClient) {
  const refetch = throttleByKey<QueryKey>(
    (queryKey) => void client.invalidateQueries({ queryKey }),
    REFETCH_INTERVAL_MS,
    (key) => JSON.stringify(key),
  );

  function onStatus(event: StatusEvent): void {
    const { changed } = applyStatus(client, event);
    const results = keys.results(event.monitor_id);
    // An event lacks some columns of a result, so results in use are refetched.
    if (client.getQueryState(results)) refetch.call(results);
    if (!changed) return;
    refetch.call(keys.summary);
    if (client.getQueryState(keys.uptime(event.monitor_id))) refetch.call(keys.uptime(event.monitor_id));
    // Only the server knows which monitors belong to a list filtered by state.
    for (const query of client.getQueryCache().findAll({ queryKey: keys.monitorLists })) {
      const filter = query.queryKey[2] as { state: string };
      if (filter.state !== '') refetch.call(query.queryKey);
    }
  }

  return {
    onEvent({ event, data }: ServerEvent): void {
      if (event === 'status') {
        onStatus(JSON.parse(data));
      } else if (event === 'incident') {
        refetch.call(keys.incidents);
        refetch.call(keys.summary);
      } else if (event === 'reset') {
        void client.invalidateQueries();
      }
    },
    onGap: () => void client.invalidateQueries(),
    stop: refetch.cancel,
  };
}

const hasFailed = (query: Query) => query.state.status === 'error';

/** Keeps the query cache current until the returned function is called. */
export function connectLiveUpdates(client: QueryClient, onState: (state: StreamState) => void): () => void {
  const handler = createEventHandler(client);
  const close = openStream({
    connect: (lastEventId, signal) =>
      authorizedFetch('/stream', {
        signal,
        cache: 'no-store',
        headers: {
          Accept: 'text/event-stream',
          ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}),
        },
      }),
    onEvent: handler.onEvent,
    onGap: handler.onGap,
    onState(state) {
      onState(state);
      // Retry what failed while the server was unreachable.
      if (state === 'live') void client.invalidateQueries({ predicate: hasFailed });
    },
  });
  return () => {
    close();
    handler.stop();
  };
}
