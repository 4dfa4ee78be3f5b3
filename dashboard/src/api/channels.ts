import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Channel, ChannelInput, DeliveryStatus } from './models';
import { bodyOf, ifMatch } from './transport';

export const channelsQuery = queryOptions({
  queryKey: keys.channels,
  queryFn: ({ signal }) => bodyOf(client.GET('/channels', { params: { query: { limit: 200 } }, signal })),
});

export const createChannel = (input: ChannelInput) => bodyOf(client.POST('/channels', { body: input }));

export const readChannel = (id: number) => bodyOf(client.GET('/channels/{id}', { params: { path: { id } } }));

/** Secrets are write-only, so an update may omit them. */
export const updateChannel = ({ id, version }: Channel, input: ChannelInput) =>
  bodyOf(client.PATCH('/channels/{id}', { params: { path: { id }, header: ifMatch(version) }, body: input }));

/** Whatever else of it was changed meanwhile. */
export const enableChannel = (id: number, enabled: boolean) =>
  bodyOf(client.PATCH('/channels/{id}', { params: { path: { id } }, body: { enabled } }));

export const deleteChannel = (id: number) => client.DELETE('/channels/{id}', { params: { path: { id } } });

export const testChannel = (id: number) =>
  bodyOf(client.POST('/channels/{id}/test', { params: { path: { id } } }));

const DELIVERIES_PER_PAGE = 20;

export const deliveriesQuery = (channelId: number, status?: DeliveryStatus) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(channelId, status ?? ''),
    queryFn: ({ pageParam: cursor, signal }) =>
      bodyOf(
        client.GET('/channels/{id}/deliveries', {
          params: { path: { id: channelId }, query: { status, cursor, limit: DELIVERIES_PER_PAGE } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export const resendDelivery = (channelId: number, delivery: string) =>
  client.POST('/channels/{id}/deliveries/{delivery}/resend', {
    params: { path: { id: channelId, delivery } },
  });
