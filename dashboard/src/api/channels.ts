import { queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { Channel, ChannelTest, Page } from './types';

/** A webhook URL is a secret: it can be written and not read back, so an edit may leave it out. */
export interface ChannelInput {
  name?: string;
  kind?: 'slack';
  config?: { webhook_url: string };
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
