import { type InfiniteData, infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { common } from '@/messages/common';
import { atParam, inTime, keepList, keepThen, pageQuery } from './as-of';
import { client } from './client';
import { keys, type MonitorFilter, type TimeSpan } from './keys';
import type {
  BulkAnswer,
  BulkInput,
  Monitor,
  MonitorInput,
  MonitorPage,
  State,
  UptimeWindows,
} from './models';
import { bodyOf, ifMatch } from './transport';

export type MonitorPages = InfiniteData<MonitorPage, string | undefined>;

/** After a pause or resume the live status lags behind the setting. */
export function stateOf({ paused, status }: Pick<Monitor, 'paused' | 'status'>): State {
  if (paused) return 'paused';
  return status.state === 'paused' ? 'pending' : status.state;
}

/** What a monitor is called: one whose definition cannot be read may have no name. */
export const nameOf = ({ id, name, url }: Pick<Monitor, 'id' | 'name' | 'url'>): string =>
  name.trim() || url?.trim() || common.namelessMonitor(id);

/** As of an instant; null is now. */
export const summaryQuery = (at: string | null) =>
  queryOptions({
    ...inTime(at, keys.summary),
    placeholderData: keepThen(at, keys.summary),
    queryFn: ({ signal }) => bodyOf(client.GET('/summary', { params: { query: atParam(at) }, signal })),
  });

/** As of an instant; null is now. */
export const monitorListQuery = (filter: MonitorFilter, at: string | null = null) =>
  infiniteQueryOptions({
    ...inTime(at, keys.monitorList(filter)),
    placeholderData: keepList(at, keys.monitorList(filter)),
    // To compare thousands of monitors with what they were takes longer than to render those in sight.
    structuralSharing: false,
    queryFn: ({ pageParam: cursor, signal }) => {
      const { q, state, kind, tag } = filter;
      const query = {
        q: q || undefined,
        state: state || undefined,
        kind: kind || undefined,
        tag: tag || undefined,
        ...pageQuery(at, cursor),
        limit: 1_000,
      };
      return bodyOf(client.GET('/monitors', { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export type MonitorName = Pick<Monitor, 'id' | 'name' | 'depends_on'>;

/** The first thousand matching names, and on which others those monitors depend. */
export const monitorNamesQuery = (q = '') =>
  queryOptions({
    queryKey: keys.monitorNames(q),
    async queryFn({ signal }): Promise<{ items: MonitorName[]; next_cursor: string | null }> {
      const query = { q: q || undefined, limit: 1_000 };
      const page = await bodyOf(client.GET('/monitors', { params: { query }, signal }));
      const items = page.items.map((each) => ({
        id: each.id,
        name: nameOf(each),
        depends_on: each.depends_on,
      }));
      return { ...page, items };
    },
  });

/** The first thousand, with what routes go by. */
export const routedMonitorsQuery = queryOptions({
  queryKey: keys.routedMonitors,
  queryFn: () => firstMonitors(1_000),
});

/** Monitors that match, page by page. */
export const monitorMatchesQuery = (q: string, tag: string) =>
  infiniteQueryOptions({
    queryKey: keys.monitorMatches(q, tag),
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { q: q || undefined, tag: tag || undefined, cursor, limit: 100 };
      return bodyOf(client.GET('/monitors', { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

/** The first `limit` monitors, of those with a tag if one is given. */
export async function firstMonitors(limit: number, tag = ''): Promise<Monitor[]> {
  const page = await bodyOf(client.GET('/monitors', { params: { query: { tag: tag || undefined, limit } } }));
  return page.items;
}

/** As of an instant; null is now. */
export const monitorQuery = (id: number, at: string | null = null) =>
  queryOptions({
    ...inTime(at, keys.monitor(id)),
    placeholderData: keepThen(at, keys.monitor(id)),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/monitors/{id}', { params: { path: { id }, query: atParam(at) }, signal })),
  });

const ofRegion = (region: string | null): { region?: string } => (region === null ? {} : { region });

/** The latest results, of one region or of all. */
export const resultsQuery = (id: number, region: string | null = null) =>
  queryOptions({
    queryKey: region === null ? keys.results(id) : keys.regionResults(id, region),
    queryFn: ({ signal }) => {
      const query = { limit: 120, ...ofRegion(region) };
      return bodyOf(client.GET('/monitors/{id}/results', { params: { path: { id }, query }, signal }));
    },
  });

/** As was decided, or as one region finds it. */
export const uptimeQuery = (id: number, region: string | null = null) =>
  queryOptions({
    queryKey: region === null ? keys.uptime(id) : keys.regionUptime(id, region),
    async queryFn({ signal }): Promise<UptimeWindows> {
      const params = { path: { id }, query: ofRegion(region) };
      const uptime = await bodyOf(client.GET('/monitors/{id}/uptime', { params, signal }));
      if ('ratio' in uptime) throw new Error('the uptime of a range that was not asked for');
      return uptime;
    },
  });

/** The uptime of a span of time. */
export const uptimeOfQuery = (id: number, span: TimeSpan, region: string | null = null) =>
  queryOptions({
    queryKey: keys.uptimeOf(id, span, region),
    async queryFn({ signal }): Promise<number | null> {
      const params = { path: { id }, query: { ...span, ...ofRegion(region) } };
      const uptime = await bodyOf(client.GET('/monitors/{id}/uptime', { params, signal }));
      if ('ratio' in uptime) return uptime.ratio;
      throw new Error('the uptime of windows that were not asked for');
    },
  });

export interface SeriesView {
  /** Days until now, or a span of time. */
  range: number | TimeSpan;
  /** Null is what was decided. */
  region?: string | null;
  /** Whether each region is wanted by itself, too. */
  byRegion?: boolean;
  /** Buckets at most. */
  points?: number;
}

/** The instants of a range; one of days lasts until now. */
export const spanOf = (range: number | TimeSpan): { from: string; to?: string } =>
  typeof range === 'number' ? { from: new Date(Date.now() - range * 86_400_000).toISOString() } : range;

export const seriesQuery = (
  id: number,
  { range, region = null, byRegion = false, points = 120 }: SeriesView,
) =>
  queryOptions({
    queryKey: keys.series(id, range, region, byRegion, points),
    queryFn({ signal }) {
      const parts = { points, ...ofRegion(region), ...(byRegion && { by_region: true }) };
      const query = { ...spanOf(range), ...parts };
      return bodyOf(client.GET('/monitors/{id}/series', { params: { path: { id }, query }, signal }));
    },
  });

/** The longest range for which it is known hour by hour what is usual. */
export const MAX_BASELINE_DAYS = 30;

/** What is usual of response times. */
export const baselineQuery = (id: number, days: number) =>
  queryOptions({
    queryKey: keys.baseline(id, days),
    queryFn({ signal }) {
      const query = { from: new Date(Date.now() - days * 86_400_000).toISOString() };
      return bodyOf(client.GET('/monitors/{id}/baseline', { params: { path: { id }, query }, signal }));
    },
  });

export const readMonitor = (id: number) => bodyOf(client.GET('/monitors/{id}', { params: { path: { id } } }));

/** One check with unsaved settings. */
export const previewMonitor = (input: MonitorInput) =>
  bodyOf(client.POST('/monitors/preview', { body: input }));

export const checkNow = (id: number) =>
  bodyOf(client.POST('/monitors/{id}/check-now', { params: { path: { id } } }));

/** `until` null: until unmuted. */
export const mute = (id: number, until: string | null) =>
  bodyOf(client.POST('/monitors/{id}/mute', { params: { path: { id } }, body: { until } }));

export const unmute = (id: number) =>
  bodyOf(client.POST('/monitors/{id}/unmute', { params: { path: { id } } }));

/** An omitted field has its default. */
export const createMonitor = (input: MonitorInput) => bodyOf(client.POST('/monitors', { body: input }));

/** An omitted field keeps its value; null resets it to its default. */
export const updateMonitor = ({ id, version }: Monitor, input: MonitorInput) =>
  bodyOf(
    client.PATCH('/monitors/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body: input,
    }),
  );

export const pause = (id: number) =>
  bodyOf(client.POST('/monitors/{id}/pause', { params: { path: { id } } }));

export const resume = (id: number) =>
  bodyOf(client.POST('/monitors/{id}/resume', { params: { path: { id } } }));

/** A paused copy with the same settings and tags. */
export const cloneMonitor = (id: number) =>
  bodyOf(client.POST('/monitors/{id}/clone', { params: { path: { id } } }));

const MAX_AT_ONCE = 1_000;

/** The same with many monitors. */
export async function changeMany(ids: number[], input: Omit<BulkInput, 'monitors'>): Promise<BulkAnswer> {
  const all: BulkAnswer = { succeeded: 0, failed: 0, items: [] };
  for (let from = 0; from < ids.length; from += MAX_AT_ONCE) {
    const monitors = ids.slice(from, from + MAX_AT_ONCE);
    const answer = await bodyOf(client.POST('/monitors/bulk', { body: { ...input, monitors } }));
    all.succeeded += answer.succeeded;
    all.failed += answer.failed;
    all.items.push(...answer.items);
  }
  return all;
}

export const deleteMonitor = (id: number) => client.DELETE('/monitors/{id}', { params: { path: { id } } });
