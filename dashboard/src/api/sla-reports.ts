import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { SlaFileFormat, SlaReportInput, SlaSchedule, SlaScheduleInput } from './models';
import { deleted } from './problem';
import { bodyOf, ifMatch } from './transport';

export const slaReportsQuery = infiniteQueryOptions({
  queryKey: keys.slaReportList,
  queryFn: ({ pageParam: cursor, signal }) =>
    bodyOf(client.GET('/sla-reports', { params: { query: { cursor, limit: 50 } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor,
});

export const slaReportQuery = (id: number) =>
  queryOptions({
    queryKey: keys.slaReport(id),
    queryFn: ({ signal }) => bodyOf(client.GET('/sla-reports/{id}', { params: { path: { id } }, signal })),
    // It stays as it was made, but for the names of people.
    staleTime: 60_000,
  });

/** What a report would say; of null nothing is asked. */
export const slaPreviewQuery = (input: SlaReportInput | null) =>
  queryOptions({
    queryKey: keys.slaPreview(input),
    queryFn: ({ signal }) =>
      bodyOf(client.POST('/sla-reports/preview', { body: input ?? ({} as SlaReportInput), signal })),
    enabled: input !== null,
    // It is of the moment; asking again by itself would make it anew each time the window gets the focus.
    refetchOnWindowFocus: false,
    retry: false,
  });

export const createSlaReport = (body: SlaReportInput) => bodyOf(client.POST('/sla-reports', { body }));

export const deleteSlaReport = (id: number) =>
  client.DELETE('/sla-reports/{id}', { params: { path: { id } } });

export interface SlaFile {
  name: string;
  blob: Blob;
}

/** A report as a file, under the name that the server gives it. */
export async function slaReportFile(id: number, format: SlaFileFormat): Promise<SlaFile> {
  const { data, response } = await client.GET('/sla-reports/{id}/file', {
    params: { path: { id }, query: { format } },
    parseAs: 'blob',
  });
  const [, name] = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '') ?? [];
  return { name: name ?? `sla-report-${id}.${format}`, blob: data as Blob };
}

/** All there can be. */
export const slaSchedulesQuery = queryOptions({
  queryKey: keys.slaSchedules,
  queryFn: ({ signal }) =>
    bodyOf(client.GET('/sla-schedules', { params: { query: { limit: 200 } }, signal })),
});

export const createSlaSchedule = (body: SlaScheduleInput) => bodyOf(client.POST('/sla-schedules', { body }));

export const updateSlaSchedule = ({ id, version }: SlaSchedule, body: SlaScheduleInput) =>
  bodyOf(client.PATCH('/sla-schedules/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));

/** Reads a schedule again: there is only the list of all. */
export async function readSlaSchedule(id: number): Promise<SlaSchedule> {
  const { items } = await bodyOf(client.GET('/sla-schedules', { params: { query: { limit: 200 } } }));
  const schedule = items.find((each) => each.id === id);
  if (!schedule) throw deleted();
  return schedule;
}

export const deleteSlaSchedule = (id: number) =>
  client.DELETE('/sla-schedules/{id}', { params: { path: { id } } });
