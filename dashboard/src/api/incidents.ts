import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { AlertStep, Incident, Page } from './types';

export const acknowledge = (id: string) => request<Incident>('POST', `/incidents/${id}/acknowledge`);

export const addNote = (id: string, text: string) =>
  request<Incident>('POST', `/incidents/${id}/notes`, { body: { text } });

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: keys.incident(id),
    queryFn: ({ signal }) => request<Incident>('GET', `/incidents/${encodeURIComponent(id)}`, { signal }),
  });

export const incidentStepsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.incidentSteps(id),
    queryFn: ({ pageParam, signal }) =>
      request<Page<AlertStep>>('GET', `/incidents/${encodeURIComponent(id)}/events`, {
        query: { cursor: pageParam, limit: 200 },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const openIncidentsQuery = queryOptions({
  queryKey: keys.openIncidents,
  queryFn: ({ signal }) =>
    request<Page<Incident>>('GET', '/incidents', { query: { open: true, limit: 200 }, signal }),
});

export const allIncidentsQuery = infiniteQueryOptions({
  queryKey: keys.allIncidents,
  queryFn: ({ pageParam, signal }) =>
    request<Page<Incident>>('GET', '/incidents', { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const monitorIncidentsQuery = (monitorId: number) =>
  queryOptions({
    queryKey: keys.monitorIncidents(monitorId),
    queryFn: ({ signal }) =>
      request<Page<Incident>>('GET', '/incidents', { query: { monitor_id: monitorId, limit: 20 }, signal }),
  });
