import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Monitor, PingKind, SchedulePreviewInput } from './models';
import { stateOf } from './monitors';
import { bodyOf } from './transport';

/** What a heartbeat is shown as. That its job is running is beside it. */
export type HeartbeatState = 'new' | 'up' | 'late' | 'down' | 'paused';

export const isHeartbeat = ({ kind }: Pick<Monitor, 'kind'>): boolean => kind === 'heartbeat';

/** Late from when a ping was due until it is overdue. Of one that must not ping nothing is due. */
export function heartbeatState(monitor: Pick<Monitor, 'paused' | 'status'>, now: number): HeartbeatState {
  const state = stateOf(monitor);
  const { due_at: due } = monitor.status;
  switch (state) {
    case 'pending':
      return 'new';
    case 'up':
    case 'degraded':
      return due && Date.parse(due) <= now ? 'late' : 'up';
    default:
      return state;
  }
}

export const heartbeatQuery = (id: number) =>
  queryOptions({
    queryKey: keys.heartbeat(id),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/monitors/{id}/heartbeat', { params: { path: { id } }, signal })),
  });

const PINGS_PER_PAGE = 25;

/** The pings of a type, or all of them, newest first. */
export const pingsQuery = (id: number, kind?: PingKind) =>
  infiniteQueryOptions({
    queryKey: keys.pings(id, kind ?? ''),
    queryFn: ({ pageParam: before, signal }) => {
      const params = { path: { id }, query: { before, kind, limit: PINGS_PER_PAGE } };
      return bodyOf(client.GET('/monitors/{id}/pings', { params, signal }));
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_cursor: next }) => (next === null ? undefined : Number(next)),
  });

const CHART_PINGS = 200;

/** The latest pings, for the chart of runs. */
export const runsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.runs(id),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/monitors/{id}/pings', {
          params: { path: { id }, query: { limit: CHART_PINGS } },
          signal,
        }),
      ),
  });

export interface PingBody {
  /** Null where it is not text. */
  text: string | null;
  blob: Blob;
}

/** What a ping had with it. It never changes. */
export const pingBodyQuery = (id: number, n: number) =>
  queryOptions({
    queryKey: keys.pingBody(id, n),
    async queryFn({ signal }): Promise<PingBody> {
      const { response } = await client.GET('/monitors/{id}/pings/{n}/body', {
        params: { path: { id, n } },
        parseAs: 'stream',
        headers: { Accept: '*/*' },
        signal,
      });
      const blob = await response.blob();
      const isText = (response.headers.get('Content-Type') ?? '').startsWith('text/plain');
      const isAttached = (response.headers.get('Content-Disposition') ?? '').startsWith('attachment');
      return { text: isText && !isAttached ? await blob.text() : null, blob };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Gives it new addresses; the old ones stop working at once. */
export const rotateHeartbeat = (id: number) =>
  bodyOf(client.POST('/monitors/{id}/heartbeat/rotate', { params: { path: { id } } }));

/** Gives the organisation a new key, which is in every address by slug. */
export const rotatePingKey = () => bodyOf(client.POST('/ping-key/rotate'));

/** What a schedule that is not saved means; null where there is none yet. */
export const schedulePreviewQuery = (input: SchedulePreviewInput | null) =>
  queryOptions({
    queryKey: keys.schedulePreview(input),
    queryFn: ({ signal }) =>
      bodyOf(client.POST('/schedules/preview', { body: input as SchedulePreviewInput, signal })),
    enabled: input !== null,
    staleTime: 60_000,
  });
