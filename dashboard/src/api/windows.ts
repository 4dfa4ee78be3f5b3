import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { MaintenanceOccurrence, MaintenanceWindow, WindowInput } from './models';
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

const MOST = 100;
/** A window of every day for more than a year; of one that is more often than that the first ones are shown. */
const MAX_REQUESTS = 4;

/** Those that end after an instant and have begun, as the window is set now. */
export const occurrencesOfQuery = (id: number, since: string) =>
  queryOptions({
    queryKey: keys.occurrencesSince(id, since),
    async queryFn({ signal }): Promise<MaintenanceOccurrence[]> {
      const found: MaintenanceOccurrence[] = [];
      let from = since;
      for (let sent = 0; sent < MAX_REQUESTS; sent++) {
        const params = { path: { id }, query: { from, limit: MOST } };
        const { occurrences } = await bodyOf(
          client.GET('/maintenance-windows/{id}/occurrences', { params, signal }),
        );
        // Several may end at the same time as the last one.
        const known = new Set(found.map(({ starts_at: begins }) => begins));
        const added = occurrences.filter(({ starts_at: begins }) => !known.has(begins));
        found.push(...added);
        const last = added.at(-1);
        if (occurrences.length < MOST || !last || Date.parse(last.starts_at) > Date.now()) break;
        from = last.ends_at;
      }
      return found;
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
