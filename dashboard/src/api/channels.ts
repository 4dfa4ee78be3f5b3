import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Channel, ChannelInput, ChannelTest, DeliveryStatus } from './models';
import { bodyOf, ifMatch } from './transport';

export const channelsQuery = queryOptions({
  queryKey: keys.channels,
  queryFn: ({ signal }) => bodyOf(client.GET('/channels', { params: { query: { limit: 200 } }, signal })),
});

/** What can be done with channels: those of the organisation, or the own ones. */
export interface ChannelStore {
  /** Of the query of all of them. */
  key: QueryKey;
  create(input: ChannelInput): Promise<Channel>;
  read(id: number): Promise<Channel>;
  /** Secrets are write-only, so an update may omit them. */
  update(channel: Channel, input: ChannelInput): Promise<Channel>;
  /** Whatever else of it was changed meanwhile. */
  enable(id: number, enabled: boolean): Promise<Channel>;
  remove(id: number): Promise<unknown>;
  test(id: number): Promise<ChannelTest>;
  /** Asks a recipient of an email channel once more to confirm, where they are asked one by one. */
  ask?: (id: number, recipient: string) => Promise<unknown>;
  /** Asks all recipients once more who have not answered, or where there are none, who have declined. */
  askAll?: (id: number) => Promise<unknown>;
  /** Confirms the number of a channel by the code that was sent there; `askAll` has another one sent. */
  enterCode?: (id: number, code: string) => Promise<Channel>;
}

/** Those of the organisation. */
export const organisationChannels: ChannelStore = {
  key: keys.channels,
  create: (body) => bodyOf(client.POST('/channels', { body })),
  read: (id) => bodyOf(client.GET('/channels/{id}', { params: { path: { id } } })),
  update: ({ id, version }, body) =>
    bodyOf(client.PATCH('/channels/{id}', { params: { path: { id }, header: ifMatch(version) }, body })),
  enable: (id, enabled) =>
    bodyOf(client.PATCH('/channels/{id}', { params: { path: { id } }, body: { enabled } })),
  remove: (id) => client.DELETE('/channels/{id}', { params: { path: { id } } }),
  test: (id) => bodyOf(client.POST('/channels/{id}/test', { params: { path: { id } } })),
  ask: (id, recipient) =>
    client.POST('/channels/{id}/recipients/{recipient}/resend', { params: { path: { id, recipient } } }),
};

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
