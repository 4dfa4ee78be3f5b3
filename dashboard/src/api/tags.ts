import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { TagInput } from './models';
import { bodyOf } from './transport';

/** All of them: an organisation has at most 200. */
export const tagsQuery = queryOptions({
  queryKey: keys.tags,
  async queryFn({ signal }) {
    const page = await bodyOf(client.GET('/tags', { params: { query: { limit: 200 } }, signal }));
    return page.items;
  },
});

export const createTag = (input: TagInput) => bodyOf(client.POST('/tags', { body: input }));

export const updateTag = (id: number, version: number, input: TagInput) =>
  bodyOf(
    client.PATCH('/tags/{id}', {
      params: { path: { id }, header: { 'If-Match': `"${version}"` } },
      body: input,
    }),
  );

export const deleteTag = (id: number) => client.DELETE('/tags/{id}', { params: { path: { id } } });
