import { type InfiniteData, infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys, type MonitorFilter } from './keys';
import type {
  CheckResult,
  Monitor,
  MonitorSettings,
  OnDemandCheck,
  Page,
  Series,
  State,
  Summary,
  Uptime,
  UptimeWindow,
} from './types';

export type MonitorPages = InfiniteData<Page<Monitor>, string | null>;

/** An omitted field keeps its value (in a new monitor, its default); null resets it to its default. */
export type MonitorInput = { [F in keyof MonitorSettings]?: unknown };

/** After a pause or resume the live status lags behind the setting. */
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

/** The first thousand matching names. */
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

/** One check with unsaved settings. */
export const previewMonitor = (input: MonitorInput) =>
  request<OnDemandCheck>('POST', '/monitors/preview', { body: input });

export const checkNow = (id: number) => request<OnDemandCheck>('POST', `/monitors/${id}/check-now`);

/** `until` null: until unmuted. */
export const mute = (id: number, until: string | null) =>
  request<Monitor>('POST', `/monitors/${id}/mute`, { body: { until } });

export const unmute = (id: number) => request<Monitor>('POST', `/monitors/${id}/unmute`);

export const createMonitor = (input: MonitorInput) => request<Monitor>('POST', '/monitors', { body: input });

export const updateMonitor = (id: number, version: number, input: MonitorInput) =>
  request<Monitor>('PATCH', `/monitors/${id}`, { body: input, headers: { 'If-Match': `"${version}"` } });

export const setPaused = (id: number, paused: boolean) =>
  request<Monitor>('POST', `/monitors/${id}/${paused ? 'pause' : 'resume'}`);

export const deleteMonitor = (id: number) => request<void>('DELETE', `/monitors/${id}`);
