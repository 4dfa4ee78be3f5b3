import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys, type SubscriberFilter } from './keys';
import type { NewSubscribers } from './models';
import { bodyOf } from './transport';

const SUBSCRIBERS_PER_PAGE = 25;

/** Those of a page, who signed up last first. */
export const subscribersQuery = (pageId: number, filter: SubscriberFilter) =>
  infiniteQueryOptions({
    queryKey: keys.subscribers(pageId, filter),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/status-pages/{id}/subscribers', {
          params: {
            path: { id: pageId },
            query: {
              ...(filter.state !== '' && { state: filter.state }),
              ...(filter.q !== '' && { search: filter.q }),
              cursor,
              limit: SUBSCRIBERS_PER_PAGE,
            },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export const addSubscribers = (pageId: number, input: NewSubscribers) =>
  bodyOf(client.POST('/status-pages/{id}/subscribers', { params: { path: { id: pageId } }, body: input }));

export const removeSubscriber = (pageId: number, subscriber: string) =>
  client.DELETE('/status-pages/{id}/subscribers/{subscriber}', {
    params: { path: { id: pageId, subscriber } },
  });

/** How far the notifications about the updates of a report are. */
export const noticesQuery = (reportId: number) =>
  queryOptions({
    queryKey: keys.reportNotices(reportId),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/status-reports/{id}/notices', { params: { path: { id: reportId } }, signal })),
  });
