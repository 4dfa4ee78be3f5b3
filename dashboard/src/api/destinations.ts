import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Destination, DestinationInput } from './models';
import { bodyOf, ifMatch } from './transport';

/** All of a page: there are few. */
export const destinationsQuery = (pageId: number) =>
  queryOptions({
    queryKey: keys.destinations(pageId),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/status-pages/{id}/destinations', {
          params: { path: { id: pageId }, query: { limit: 200 } },
          signal,
        }),
      ),
  });

/** What came of the messages to a destination, the newest update first. */
export const destinationDeliveriesQuery = (pageId: number, destination: number) =>
  infiniteQueryOptions({
    queryKey: keys.destinationDeliveries(pageId, destination),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/status-pages/{id}/destinations/{destination}/deliveries', {
          params: { path: { id: pageId, destination }, query: { cursor, limit: 20 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

const pathOf = (pageId: number, destination: number) => ({ id: pageId, destination });

export const createDestination = (pageId: number, input: DestinationInput) =>
  bodyOf(client.POST('/status-pages/{id}/destinations', { params: { path: { id: pageId } }, body: input }));

export const readDestination = (pageId: number, destination: number) =>
  bodyOf(
    client.GET('/status-pages/{id}/destinations/{destination}', {
      params: { path: pathOf(pageId, destination) },
    }),
  );

/** Secrets are write-only, so an update may omit them. */
export const updateDestination = (pageId: number, { id, version }: Destination, input: DestinationInput) =>
  bodyOf(
    client.PATCH('/status-pages/{id}/destinations/{destination}', {
      params: { path: pathOf(pageId, id), header: ifMatch(version) },
      body: input,
    }),
  );

/** Whatever else of it was changed meanwhile. */
export const enableDestination = (pageId: number, destination: number, enabled: boolean) =>
  bodyOf(
    client.PATCH('/status-pages/{id}/destinations/{destination}', {
      params: { path: pathOf(pageId, destination) },
      body: { enabled },
    }),
  );

export const deleteDestination = (pageId: number, destination: number) =>
  client.DELETE('/status-pages/{id}/destinations/{destination}', {
    params: { path: pathOf(pageId, destination) },
  });

export const testDestination = (pageId: number, destination: number) =>
  bodyOf(
    client.POST('/status-pages/{id}/destinations/{destination}/test', {
      params: { path: pathOf(pageId, destination) },
    }),
  );
