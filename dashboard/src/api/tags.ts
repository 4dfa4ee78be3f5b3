import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Tag, TagInput } from './models';
import { deleted } from './problem';
import { bodyOf, ifMatch } from './transport';

/** All of them: an organisation has at most 200. */
export const tagsQuery = queryOptions({
  queryKey: keys.tags,
  async queryFn({ signal }) {
    const page = await bodyOf(client.GET('/tags', { params: { query: { limit: 200 } }, signal }));
    return page.items;
  },
});

/** Reads a tag again: there is only the list of all. */
export async function readTag(id: number): Promise<Tag> {
  const page = await bodyOf(client.GET('/tags', { params: { query: { limit: 200 } } }));
  const tag = page.items.find((each) => each.id === id);
  if (!tag) throw deleted();
  return tag;
}

export const createTag = (input: TagInput) => bodyOf(client.POST('/tags', { body: input }));

export const updateTag = (id: number, version: number, input: TagInput) =>
  bodyOf(
    client.PATCH('/tags/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body: input,
    }),
  );

export const deleteTag = (id: number) => client.DELETE('/tags/{id}', { params: { path: { id } } });
