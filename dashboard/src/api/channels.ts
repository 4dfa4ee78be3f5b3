import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type {
  Channel,
  ChannelAlerts,
  ChannelKind,
  ChannelTest,
  Delivery,
  DeliveryStatus,
  Page,
} from './types';

/** Secrets are write-only, so an update may omit them. */
export interface ChannelInput {
  name?: string;
  kind?: ChannelKind;
  config?: Record<string, unknown>;
  enabled?: boolean;
  alerts?: Partial<ChannelAlerts>;
}

export const channelsQuery = queryOptions({
  queryKey: keys.channels,
  queryFn: ({ signal }) => request<Page<Channel>>('GET', '/channels', { query: { limit: 200 }, signal }),
});

export const createChannel = (input: ChannelInput) => request<Channel>('POST', '/channels', { body: input });

export const updateChannel = (id: number, input: ChannelInput) =>
  request<Channel>('PATCH', `/channels/${id}`, { body: input });

export const deleteChannel = (id: number) => request<void>('DELETE', `/channels/${id}`);

export const testChannel = (id: number) => request<ChannelTest>('POST', `/channels/${id}/test`);

const DELIVERIES_PER_PAGE = 20;

export const deliveriesQuery = (channelId: number, status?: DeliveryStatus) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(channelId, status ?? ''),
    queryFn: ({ pageParam, signal }) =>
      request<Page<Delivery>>('GET', `/channels/${channelId}/deliveries`, {
        query: { status, cursor: pageParam, limit: DELIVERIES_PER_PAGE },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const resendDelivery = (channelId: number, id: string) =>
  request<void>('POST', `/channels/${channelId}/deliveries/${id}/resend`);
