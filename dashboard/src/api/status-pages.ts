import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { StatusPage, StatusPageInput } from './models';
import { bodyOf, ifMatch } from './transport';

/** All of them: there are few by any plan. */
export const statusPagesQuery = queryOptions({
  queryKey: keys.statusPageList,
  queryFn: ({ signal }) => bodyOf(client.GET('/status-pages', { params: { query: { limit: 200 } }, signal })),
});

export const statusPageQuery = (id: number) =>
  queryOptions({
    queryKey: keys.statusPage(id),
    queryFn: ({ signal }) => bodyOf(client.GET('/status-pages/{id}', { params: { path: { id } }, signal })),
  });

export const statusPageStatisticsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.statusPageStatistics(id),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/status-pages/{id}/statistics', { params: { path: { id } }, signal })),
  });

export const readStatusPage = (id: number) =>
  bodyOf(client.GET('/status-pages/{id}', { params: { path: { id } } }));

export const createStatusPage = (input: StatusPageInput) =>
  bodyOf(client.POST('/status-pages', { body: input }));

/** An omitted field keeps its value. */
export const updateStatusPage = ({ id, version }: StatusPage, input: StatusPageInput) =>
  bodyOf(
    client.PATCH('/status-pages/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body: input,
    }),
  );

/** Whatever else of it was changed meanwhile. */
export const publishStatusPage = (id: number, published: boolean) =>
  bodyOf(client.PATCH('/status-pages/{id}', { params: { path: { id } }, body: { published } }));

export const deleteStatusPage = (id: number) =>
  client.DELETE('/status-pages/{id}', { params: { path: { id } } });

/** Its HTML with changes that are not saved, given as JSON. Abandoned, and not kept, once others are asked for. */
export const statusPagePreviewQuery = ({ id, version }: StatusPage, input: string) =>
  queryOptions({
    queryKey: keys.statusPagePreview(id, version, input),
    queryFn: ({ signal }) =>
      bodyOf(
        client.POST('/status-pages/{id}/preview', {
          params: { path: { id } },
          body: JSON.parse(input) as StatusPageInput,
          signal,
        }),
      ),
    gcTime: 0,
  });

export const proveDomain = (id: number) =>
  bodyOf(client.POST('/status-pages/{id}/prove-domain', { params: { path: { id } } }));

/** An address that lets this browser see a page which is not public, within a minute. */
export const visitStatusPage = (id: number) =>
  bodyOf(client.POST('/status-pages/{id}/visit', { params: { path: { id } } }));
