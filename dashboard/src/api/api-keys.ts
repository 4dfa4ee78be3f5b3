import { infiniteQueryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { ApiKeyInput } from './models';
import { bodyOf } from './transport';

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: keys.apiKeys,
  queryFn: ({ pageParam: cursor, signal }) =>
    bodyOf(client.GET('/api-keys', { params: { query: { cursor, limit: 100 } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor,
});

export const createApiKey = (input: ApiKeyInput) => bodyOf(client.POST('/api-keys', { body: input }));

export const revokeApiKey = (id: number) => client.DELETE('/api-keys/{id}', { params: { path: { id } } });
