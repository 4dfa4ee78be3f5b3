import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { ReportTemplate, ReportTemplateInput } from './models';
import { bodyOf, ifMatch } from './transport';

/** All there can be. */
export const reportTemplatesQuery = queryOptions({
  queryKey: keys.reportTemplates,
  queryFn: ({ signal }) =>
    bodyOf(client.GET('/report-templates', { params: { query: { limit: 200 } }, signal })),
});

export const readReportTemplate = (id: number) =>
  bodyOf(client.GET('/report-templates/{id}', { params: { path: { id } } }));

export const createReportTemplate = (body: ReportTemplateInput) =>
  bodyOf(client.POST('/report-templates', { body }));

export const updateReportTemplate = ({ id, version }: ReportTemplate, body: ReportTemplateInput) =>
  bodyOf(
    client.PATCH('/report-templates/{id}', { params: { path: { id }, header: ifMatch(version) }, body }),
  );

export const deleteReportTemplate = (id: number) =>
  client.DELETE('/report-templates/{id}', { params: { path: { id } } });
