import { queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { Channel, ChannelKind, ChannelTest, Page } from './types';

/** A secret can be written and not read back, so an edit may leave it out. */
export interface ChannelInput {
  name?: string;
  kind?: ChannelKind;
  config?: Record<string, unknown>;
  enabled?: boolean;
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
