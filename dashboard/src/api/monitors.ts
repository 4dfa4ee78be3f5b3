import { type InfiniteData, infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys, type MonitorFilter } from './keys';
import type {
  CheckAnswer,
  CheckResult,
  Monitor,
  MonitorSettings,
  Page,
  Series,
  State,
  Summary,
  Uptime,
  UptimeWindow,
} from './types';

export type MonitorPages = InfiniteData<Page<Monitor>, string | null>;

/** What a form sends: a field left out gets its default, or stays as it is; null gives it its default. */
export type MonitorInput = { [F in keyof MonitorSettings]?: unknown };

/** After a pause or resume the live status follows a moment later; the setting is already right. */
export function stateOf({ paused, status }: Pick<Monitor, 'paused' | 'status'>): State {
  if (paused) return 'paused';
  return status.state === 'paused' ? 'pending' : status.state;
}

export const summaryQuery = queryOptions({
  queryKey: keys.summary,
  queryFn: ({ signal }) => request<Summary>('GET', '/summary', { signal }),
});

export const monitorListQuery = (filter: MonitorFilter) =>
  infiniteQueryOptions({
    queryKey: keys.monitorList(filter),
    queryFn: ({ pageParam, signal }) =>
      request<Page<Monitor>>('GET', '/monitors', {
        query: { ...filter, cursor: pageParam, limit: 1_000 },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export type MonitorName = Pick<Monitor, 'id' | 'name'>;

/** Names to choose from, or to call monitors by: the first thousand that match. */
export const monitorNamesQuery = (q = '') =>
  queryOptions({
    queryKey: keys.monitorNames(q),
    async queryFn({ signal }): Promise<Page<MonitorName>> {
      const page = await request<Page<Monitor>>('GET', '/monitors', { query: { q, limit: 1_000 }, signal });
      return { ...page, items: page.items.map(({ id, name }) => ({ id, name })) };
    },
  });

export const monitorQuery = (id: number) =>
  queryOptions({
    queryKey: keys.monitor(id),
    queryFn: ({ signal }) => request<Monitor>('GET', `/monitors/${id}`, { signal }),
  });

export const resultsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.results(id),
    queryFn: ({ signal }) =>
      request<Page<CheckResult>>('GET', `/monitors/${id}/results`, { query: { limit: 120 }, signal }),
  });

export const uptimeQuery = (id: number) =>
  queryOptions({
    queryKey: keys.uptime(id),
    queryFn: ({ signal }) =>
      request<Record<UptimeWindow, Uptime>>('GET', `/monitors/${id}/uptime`, { signal }),
  });

export const seriesQuery = (id: number, days: number) =>
  queryOptions({
    queryKey: keys.series(id, days),
    queryFn: ({ signal }) =>
      request<Series>('GET', `/monitors/${id}/series`, {
        query: { from: new Date(Date.now() - days * 86_400_000).toISOString(), points: 120 },
        signal,
      }),
  });

/** One check of what is not saved. */
export const previewMonitor = (input: MonitorInput) =>
  request<CheckAnswer>('POST', '/monitors/preview', { body: input });

export const checkNow = (id: number) => request<CheckAnswer>('POST', `/monitors/${id}/check-now`);

/** `until` null: until somebody ends it. */
export const mute = (id: number, until: string | null) =>
  request<Monitor>('POST', `/monitors/${id}/mute`, { body: { until } });

export const unmute = (id: number) => request<Monitor>('POST', `/monitors/${id}/unmute`);

export const createMonitor = (input: MonitorInput) => request<Monitor>('POST', '/monitors', { body: input });

export const updateMonitor = (id: number, version: number, input: MonitorInput) =>
  request<Monitor>('PATCH', `/monitors/${id}`, { body: input, headers: { 'If-Match': `"${version}"` } });

export const setPaused = (id: number, paused: boolean) =>
  request<Monitor>('POST', `/monitors/${id}/${paused ? 'pause' : 'resume'}`);

export const deleteMonitor = (id: number) => request<void>('DELETE', `/monitors/${id}`);
