import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import { bodyOf } from './transport';

/** What the link in a notification acknowledges. */
export const linkedIncidentQuery = (token: string) =>
  queryOptions({
    queryKey: keys.linkedIncident(token),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/acknowledgements/{token}', { params: { path: { token } }, signal })),
  });

export const acknowledgeByLink = (token: string) =>
  bodyOf(client.POST('/acknowledgements/{token}', { params: { path: { token } } }));
