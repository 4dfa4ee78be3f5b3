import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Incident } from './models';
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

const BEGINNING_MS = 15 * 60_000;

/** The checks of its first minutes, in which it was decided that the monitor is down; the latest first. */
export const incidentChecksQuery = ({ id, monitor_id: monitor, started_at: from }: Incident) =>
  queryOptions({
    queryKey: keys.incidentChecks(id),
    async queryFn({ signal }) {
      const to = new Date(Date.parse(from) + BEGINNING_MS).toISOString();
      const page = await bodyOf(
        client.GET('/monitors/{id}/results', {
          params: { path: { id: monitor }, query: { from, to, limit: 200 } },
          signal,
        }),
      );
      return page.items;
    },
    retry: false,
  });

interface IncidentFilter {
  open?: boolean;
  monitor_id?: number;
  tag?: string | undefined;
  limit?: number;
}

const incidentPages = (queryKey: QueryKey, filter: IncidentFilter) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(client.GET('/incidents', { params: { query: { ...filter, cursor } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

/** Of monitors with a tag, or of all. */
export const ongoingIncidentsQuery = (tag = '') =>
  incidentPages(keys.ongoingIncidents(tag), { open: true, tag: tag || undefined });

export const pastIncidentsQuery = (tag = '') =>
  incidentPages(keys.pastIncidents(tag), { open: false, tag: tag || undefined });

export const monitorIncidentsQuery = (monitorId: number) =>
  incidentPages(keys.monitorIncidents(monitorId), { monitor_id: monitorId, limit: 20 });
