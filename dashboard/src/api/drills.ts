import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Drill, DrillInput, DrillReport, DrillSchedule, DrillScheduleInput } from './models';
import { bodyOf, ifMatch } from './transport';

/** As many as there can be within the longest drill: those that are running are all on the first page. */
const PER_PAGE = 100;
const RUNNING_POLL_MS = 3_000;
const PENDING_POLL_MS = 5_000;
const POLL_MS = 60_000;
/** How long after its end a drill is still asked for often: its last notifications are sent then. */
const END_MS = 60_000;

const isRunning = ({ state }: Pick<Drill, 'state'>): boolean => state === 'running';

/** Newest first; of one monitor if one is given. */
export const drillsQuery = (monitorId: number | null) =>
  infiniteQueryOptions({
    queryKey: keys.drillList(monitorId),
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { cursor, limit: PER_PAGE, ...(monitorId !== null && { monitor_id: monitorId }) };
      return bodyOf(client.GET('/drills', { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(isRunning)) ? RUNNING_POLL_MS : POLL_MS,
  });

/** How soon to ask again for a drill; not at all once nothing more is to come of it. */
function reportInterval(report: DrillReport | undefined): number | false {
  if (!report) return false;
  if (isRunning(report)) return RUNNING_POLL_MS;
  const hasJustEnded = Date.now() - Date.parse(report.ends_at) < END_MS;
  return hasJustEnded || report.deliveries.some(({ outcome }) => outcome === 'pending')
    ? PENDING_POLL_MS
    : false;
}

export const drillQuery = (id: number) =>
  queryOptions({
    queryKey: keys.drill(id),
    queryFn: ({ signal }) => bodyOf(client.GET('/drills/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => reportInterval(state.data),
  });

export const startDrill = (body: DrillInput) => bodyOf(client.POST('/drills', { body }));

export const acknowledgeDrill = (id: number) =>
  bodyOf(client.POST('/drills/{id}/acknowledge', { params: { path: { id } } }));

export const endDrill = (id: number) => bodyOf(client.POST('/drills/{id}/end', { params: { path: { id } } }));

const MAX_SCHEDULES = 200;

/** All there can be. */
export const drillSchedulesQuery = queryOptions({
  queryKey: keys.drillSchedules,
  queryFn: ({ signal }) =>
    bodyOf(client.GET('/drill-schedules', { params: { query: { limit: MAX_SCHEDULES } }, signal })),
});

export const createDrillSchedule = (body: DrillScheduleInput) =>
  bodyOf(client.POST('/drill-schedules', { body }));

export const readDrillSchedule = (id: number) =>
  bodyOf(client.GET('/drill-schedules/{id}', { params: { path: { id } } }));

export const updateDrillSchedule = ({ id, version }: DrillSchedule, body: DrillScheduleInput) =>
  bodyOf(client.PATCH('/drill-schedules/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));

export const deleteDrillSchedule = (id: number) =>
  client.DELETE('/drill-schedules/{id}', { params: { path: { id } } });
