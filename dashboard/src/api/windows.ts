import { queryOptions } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { MaintenanceWindow, Page, WindowSchedule } from './types';

export type WindowInput = WindowSchedule & { name: string; monitors: number[] };

export const windowsQuery = queryOptions({
  queryKey: keys.windows,
  queryFn: ({ signal }) =>
    request<Page<MaintenanceWindow>>('GET', '/maintenance-windows', { query: { limit: 200 }, signal }),
});

export const createWindow = (input: WindowInput) =>
  request<MaintenanceWindow>('POST', '/maintenance-windows', { body: input });

export const updateWindow = (id: number, input: WindowInput) =>
  request<MaintenanceWindow>('PATCH', `/maintenance-windows/${id}`, { body: input });

export const deleteWindow = (id: number) => request<void>('DELETE', `/maintenance-windows/${id}`);
