import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { MaintenanceWindow, WindowInput } from './models';
import { bodyOf, ifMatch } from './transport';

export const windowsQuery = queryOptions({
  queryKey: keys.windows,
  queryFn: ({ signal }) =>
    bodyOf(client.GET('/maintenance-windows', { params: { query: { limit: 200 } }, signal })),
});

export const createWindow = (input: WindowInput) =>
  bodyOf(client.POST('/maintenance-windows', { body: input }));

export const readWindow = (id: number) =>
  bodyOf(client.GET('/maintenance-windows/{id}', { params: { path: { id } } }));

export const updateWindow = ({ id, version }: MaintenanceWindow, input: WindowInput) =>
  bodyOf(
    client.PATCH('/maintenance-windows/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body: input,
    }),
  );

export const deleteWindow = (id: number) =>
  client.DELETE('/maintenance-windows/{id}', { params: { path: { id } } });

/** The current occurrence and those to come; those that are cancelled, too. */
export const occurrencesQuery = (id: number) =>
  queryOptions({
    queryKey: keys.occurrences(id),
    async queryFn({ signal }) {
      const { occurrences } = await bodyOf(
        client.GET('/maintenance-windows/{id}/occurrences', { params: { path: { id } }, signal }),
      );
      return occurrences;
    },
  });

/** Those that end after an instant: the first hundred of them, as the window is set now. */
export const occurrencesOfQuery = (id: number, from: string) =>
  queryOptions({
    queryKey: keys.occurrencesSince(id, from),
    async queryFn({ signal }) {
      const params = { path: { id }, query: { from, limit: 100 } };
      return (await bodyOf(client.GET('/maintenance-windows/{id}/occurrences', { params, signal })))
        .occurrences;
    },
  });

/** The next occurrences of a window that is not saved; null while there is nothing to preview. */
export const windowPreviewQuery = (input: WindowInput | null) =>
  queryOptions({
    queryKey: keys.windowPreview(input),
    async queryFn({ signal }) {
      const sent = client.POST('/maintenance-windows/preview', { body: input ?? {}, signal });
      return (await bodyOf(sent)).occurrences;
    },
    enabled: input !== null,
    retry: false,
  });

/** One that has not begun does not take place; one that is under way ends now. */
export const cancelOccurrence = (id: number, startsAt: string) =>
  client.POST('/maintenance-windows/{id}/occurrences/cancel', {
    params: { path: { id } },
    body: { starts_at: startsAt },
  });

export const restoreOccurrence = (id: number, startsAt: string) =>
  client.POST('/maintenance-windows/{id}/occurrences/restore', {
    params: { path: { id } },
    body: { starts_at: startsAt },
  });
