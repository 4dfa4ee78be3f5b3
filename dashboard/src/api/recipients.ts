import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import { bodyOf } from './transport';

/** What the link in a confirmation email is about. */
export const recipientQuery = (token: string) =>
  queryOptions({
    queryKey: keys.recipient(token),
    queryFn: ({ signal }) =>
      bodyOf(client.GET('/recipients/{token}', { params: { path: { token } }, signal })),
  });

export const confirmRecipient = (token: string) =>
  bodyOf(client.POST('/recipients/{token}/confirm', { params: { path: { token } } }));

export const declineRecipient = (token: string) =>
  bodyOf(client.POST('/recipients/{token}/decline', { params: { path: { token } } }));
