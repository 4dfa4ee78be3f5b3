import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type {
  NewStatusReport,
  ReportUpdateDraft,
  ReportUpdateInput,
  StatusReport,
  StatusReportInput,
} from './models';
import { bodyOf, ifMatch } from './transport';

/** Those of a page, newest first. */
export const reportsQuery = (pageId: number) =>
  infiniteQueryOptions({
    queryKey: keys.statusReportList(pageId),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/status-pages/{id}/reports', {
          params: { path: { id: pageId }, query: { cursor, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export const reportQuery = (id: number) =>
  queryOptions({
    queryKey: keys.statusReport(id),
    queryFn: ({ signal }) => bodyOf(client.GET('/status-reports/{id}', { params: { path: { id } }, signal })),
  });

export const readReport = (id: number) =>
  bodyOf(client.GET('/status-reports/{id}', { params: { path: { id } } }));

/** What an incident suggests, for each page that shows its monitor. */
export const reportDraftsQuery = (incidentId: string) =>
  queryOptions({
    queryKey: keys.reportDrafts(incidentId),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/incidents/{id}/status-report-drafts', { params: { path: { id: incidentId } }, signal }),
      ),
  });

/** What each kind of subscriber would get of an update. */
export const reportUpdatePreviewQuery = (pageId: number, draft: ReportUpdateDraft) =>
  queryOptions({
    queryKey: keys.reportUpdatePreview(pageId, draft),
    queryFn: ({ signal }) =>
      bodyOf(
        client.POST('/status-pages/{id}/reports/preview', {
          params: { path: { id: pageId } },
          body: draft,
          signal,
        }),
      ),
    retry: false,
  });

export const publishReport = (pageId: number, input: NewStatusReport) =>
  bodyOf(client.POST('/status-pages/{id}/reports', { params: { path: { id: pageId } }, body: input }));

export const updateReport = ({ id, version }: StatusReport, input: StatusReportInput) =>
  bodyOf(
    client.PATCH('/status-reports/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body: input,
    }),
  );

export const deleteReport = (id: number) =>
  client.DELETE('/status-reports/{id}', { params: { path: { id } } });

export const addReportUpdate = (reportId: number, input: ReportUpdateInput) =>
  bodyOf(client.POST('/status-reports/{id}/updates', { params: { path: { id: reportId } }, body: input }));

export const editReportUpdate = ({ id, version }: StatusReport, updateId: number, message: string) =>
  bodyOf(
    client.PATCH('/status-reports/{id}/updates/{update_id}', {
      params: { path: { id, update_id: updateId }, header: ifMatch(version) },
      body: { message },
    }),
  );
