import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import { atParam, inTime, keepThen, pageQuery } from './as-of';
import { client } from './client';
import { keys, type TimeSpan } from './keys';
import type { Incident } from './models';
import { spanOf } from './monitors';
import { bodyOf } from './transport';

export const acknowledge = (id: string) =>
  bodyOf(client.POST('/incidents/{id}/acknowledge', { params: { path: { id } } }));

export const addNote = (id: string, text: string) =>
  bodyOf(client.POST('/incidents/{id}/notes', { params: { path: { id } }, body: { text } }));

const MAX_PAGES = 10;

/** The ongoing incidents that nobody has acknowledged, the latest two thousand at most. */
export async function unacknowledgedIncidents(): Promise<Incident[]> {
  const found: Incident[] = [];
  let cursor: string | undefined;
  for (let read = 0; read < MAX_PAGES; read++) {
    const query = { open: true, limit: 200, cursor };
    const page = await bodyOf(client.GET('/incidents', { params: { query } }));
    found.push(...page.items.filter(({ acknowledged }) => acknowledged === null));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  return found;
}

/** As of an instant; null is now. */
export const incidentQuery = (id: string, at: string | null = null) =>
  queryOptions({
    ...inTime(at, keys.incident(id)),
    placeholderData: keepThen(at, keys.incident(id)),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/incidents/{id}', { params: { path: { id }, query: atParam(at) }, signal })),
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

const incidentPages = (queryKey: QueryKey, filter: IncidentFilter, at: string | null) =>
  infiniteQueryOptions({
    ...inTime(at, queryKey),
    placeholderData: keepThen(at, queryKey),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/incidents', { params: { query: { ...filter, ...pageQuery(at, cursor) } }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

/** Of monitors with a tag, or of all; as of an instant, of which null is now. */
export const ongoingIncidentsQuery = (tag: string, at: string | null) =>
  incidentPages(keys.ongoingIncidents(tag), { open: true, tag: tag || undefined }, at);

export const pastIncidentsQuery = (tag: string, at: string | null) =>
  incidentPages(keys.pastIncidents(tag), { open: false, tag: tag || undefined }, at);

export const monitorIncidentsQuery = (monitorId: number, at: string | null) =>
  incidentPages(keys.monitorIncidents(monitorId), { monitor_id: monitorId, limit: 20 }, at);

const PAGE = 200;

/** What is ongoing and what is over, the first of each: the list in which an incident has neighbours. */
export interface IncidentOrder {
  ongoing: Incident[];
  hasAllOngoing: boolean;
  past: Incident[];
}

const ORDER_STALE_MS = 60_000;
/** Until a list without the incident is loaded again, for it may be newer than that. */
const MISSING_STALE_MS = 5_000;

/** The list of incidents as of an instant, of which null is now, for finding one in it. */
export const incidentOrderQuery = (id: string, at: string | null) => {
  const isListed = (order: IncidentOrder | undefined) =>
    order?.ongoing.concat(order.past).some((incident) => incident.id === id) ?? false;
  return queryOptions<IncidentOrder>({
    staleTime: ({ state }) => (isListed(state.data) ? ORDER_STALE_MS : MISSING_STALE_MS),
    ...inTime(at, keys.incidentNeighbours),
    placeholderData: keepThen(at, keys.incidentNeighbours),
    async queryFn({ signal }) {
      const list = (open: boolean) => {
        const query = { open, limit: PAGE, ...atParam(at) };
        return bodyOf(client.GET('/incidents', { params: { query }, signal }));
      };
      const [ongoing, past] = await Promise.all([list(true), list(false)]);
      return { ongoing: ongoing.items, hasAllOngoing: ongoing.next_cursor === null, past: past.items };
    },
  });
};

/** More pages are not asked for: a chart has no room for more incidents. */
const MAX_PAGES_OF_RANGE = 3;

/** The incidents of a monitor that lasted into a range, the newest first; the newest 600 of them. */
export const incidentsOfQuery = (monitorId: number, range: number | TimeSpan) =>
  queryOptions({
    queryKey: keys.incidentsOf(monitorId, range),
    async queryFn({ signal }): Promise<Incident[]> {
      const { from, to } = spanOf(range);
      const found: Incident[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES_OF_RANGE; page += 1) {
        const query = { monitor_id: monitorId, limit: PAGE, cursor };
        const { items, next_cursor: next } = await bodyOf(
          client.GET('/incidents', { params: { query }, signal }),
        );
        found.push(...items);
        const last = items.at(-1);
        // A monitor has one incident at a time: what began before this one was over by then.
        if (!last || next === null || Date.parse(last.started_at) < Date.parse(from)) break;
        cursor = next;
      }
      const isWithin = ({ started_at: began, resolved_at: ended }: Incident) =>
        (ended === null || Date.parse(ended) > Date.parse(from)) &&
        (to === undefined || Date.parse(began) < Date.parse(to));
      return found.filter(isWithin);
    },
  });

const timesOf = ({ started_at: began, resolved_at: ended }: Incident): string[] =>
  ended === null ? [began] : [began, ended];

/** When the latest incidents began and ended, of one monitor or of all. */
export const incidentTimesQuery = (monitorId: number | null) =>
  queryOptions({
    queryKey: keys.incidentTimes(monitorId),
    async queryFn({ signal }): Promise<string[]> {
      const query = { ...(monitorId !== null && { monitor_id: monitorId }), limit: 200 };
      const page = await bodyOf(client.GET('/incidents', { params: { query }, signal }));
      return page.items.flatMap(timesOf);
    },
  });

/** When an incident began and ended. */
export const incidentTimesOfQuery = (id: string) =>
  queryOptions({
    queryKey: keys.incidentTimesOf(id),
    queryFn: async ({ signal }): Promise<string[]> =>
      timesOf(await bodyOf(client.GET('/incidents/{id}', { params: { path: { id } }, signal }))),
  });
