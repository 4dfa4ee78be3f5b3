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
