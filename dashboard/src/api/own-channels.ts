import { queryOptions } from '@tanstack/react-query';
import type { ChannelStore } from './channels';
import { client } from './client';
import { keys } from './keys';
import { bodyOf, ifMatch } from './transport';

/** All there can be. */
export const ownChannelsQuery = queryOptions({
  queryKey: keys.ownChannels,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/channels', { params: { query: { limit: 200 } }, signal })),
});

/** Those by which somebody is reached as a person: nobody else sees them. */
export const ownChannels: ChannelStore = {
  key: keys.ownChannels,
  create: (body) => bodyOf(client.POST('/me/channels', { body })),
  read: (id) => bodyOf(client.GET('/me/channels/{id}', { params: { path: { id } } })),
  update: ({ id, version }, body) =>
    bodyOf(client.PATCH('/me/channels/{id}', { params: { path: { id }, header: ifMatch(version) }, body })),
  enable: (id, enabled) =>
    bodyOf(client.PATCH('/me/channels/{id}', { params: { path: { id } }, body: { enabled } })),
  remove: (id) => client.DELETE('/me/channels/{id}', { params: { path: { id } } }),
  test: (id) => bodyOf(client.POST('/me/channels/{id}/test', { params: { path: { id } } })),
  askAll: (id) => client.POST('/me/channels/{id}/confirmation', { params: { path: { id } } }),
  enterCode: (id, code) =>
    bodyOf(client.POST('/me/channels/{id}/confirmation/code', { params: { path: { id } }, body: { code } })),
};
