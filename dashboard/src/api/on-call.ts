import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { OnCallOverrideInput, OnCallPreviewInput, OnCallSchedule, OnCallScheduleInput } from './models';
import { bodyOf, ifMatch } from './transport';

/** Hand-offs happen by themselves: no event tells of them. */
const STALE_MS = 60_000;

/** Who is on call in each schedule, and who is next. */
export const onCallQuery = queryOptions({
  queryKey: keys.onCallNow,
  queryFn: ({ signal }) => bodyOf(client.GET('/on-call', { signal })),
  refetchInterval: STALE_MS,
});

/** All there can be. */
export const onCallSchedulesQuery = queryOptions({
  queryKey: keys.onCallSchedules,
  queryFn: ({ signal }) =>
    bodyOf(client.GET('/on-call-schedules', { params: { query: { limit: 200 } }, signal })),
});

export const onCallScheduleQuery = (id: number) =>
  queryOptions({
    queryKey: keys.onCallSchedule(id),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/on-call-schedules/{id}', { params: { path: { id } }, signal })),
  });

export const readOnCallSchedule = (id: number) =>
  bodyOf(client.GET('/on-call-schedules/{id}', { params: { path: { id } } }));

export const createOnCallSchedule = (body: OnCallScheduleInput) =>
  bodyOf(client.POST('/on-call-schedules', { body }));

export const updateOnCallSchedule = ({ id, version }: OnCallSchedule, body: OnCallScheduleInput) =>
  bodyOf(
    client.PATCH('/on-call-schedules/{id}', { params: { path: { id }, header: ifMatch(version) }, body }),
  );

export const deleteOnCallSchedule = (id: number) =>
  client.DELETE('/on-call-schedules/{id}', { params: { path: { id } } });

/** Who is on call in a period, with overrides. */
export const onCallShiftsQuery = (id: number, from: string, until: string) =>
  queryOptions({
    queryKey: keys.onCallShifts(id, from, until),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/on-call-schedules/{id}/shifts', {
          params: { path: { id }, query: { from, until } },
          signal,
        }),
      ),
  });

/** The shifts of layers that may not be saved; of null nothing is asked. */
export const onCallPreviewQuery = (input: OnCallPreviewInput | null) =>
  queryOptions({
    queryKey: keys.onCallPreview(input),
    queryFn: ({ signal }) =>
      bodyOf(
        client.POST('/on-call-schedules/preview', { body: input ?? ({} as OnCallPreviewInput), signal }),
      ),
    enabled: input !== null,
    // The same question has the same answer.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** Those that are not over. */
export const onCallOverridesQuery = (id: number) =>
  queryOptions({
    queryKey: keys.onCallOverrides(id),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/on-call-schedules/{id}/overrides', {
          params: { path: { id }, query: { limit: 200 } },
          signal,
        }),
      ),
  });

export const createOverride = (id: number, body: OnCallOverrideInput) =>
  bodyOf(client.POST('/on-call-schedules/{id}/overrides', { params: { path: { id } }, body }));

export const deleteOverride = (id: number, override: number) =>
  client.DELETE('/on-call-schedules/{id}/overrides/{override_id}', {
    params: { path: { id, override_id: override } },
  });
