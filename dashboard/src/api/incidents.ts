import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import { bodyOf } from './transport';

export const acknowledge = (id: string) =>
  bodyOf(client.POST('/incidents/{id}/acknowledge', { params: { path: { id } } }));

export const addNote = (id: string, text: string) =>
  bodyOf(client.POST('/incidents/{id}/notes', { params: { path: { id } }, body: { text } }));

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: keys.incident(id),
    queryFn: ({ signal }) => bodyOf(client.GET('/incidents/{id}', { params: { path: { id } }, signal })),
  });

export const incidentStepsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.incidentSteps(id),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/incidents/{id}/events', {
          params: { path: { id }, query: { cursor, limit: 200 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export const openIncidentsQuery = queryOptions({
  queryKey: keys.openIncidents,
  queryFn: ({ signal }) =>
    bodyOf(client.GET('/incidents', { params: { query: { open: true, limit: 200 } }, signal })),
});

export const allIncidentsQuery = infiniteQueryOptions({
  queryKey: keys.allIncidents,
  queryFn: ({ pageParam: cursor, signal }) =>
    bodyOf(client.GET('/incidents', { params: { query: { cursor } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor,
});

export const monitorIncidentsQuery = (monitorId: number) =>
  queryOptions({
    queryKey: keys.monitorIncidents(monitorId),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/incidents', { params: { query: { monitor_id: monitorId, limit: 20 } }, signal })),
  });
