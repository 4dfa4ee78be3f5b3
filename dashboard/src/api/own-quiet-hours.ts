import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { OwnQuietHoursInput } from './models';
import { bodyOf } from './transport';

/** Without windows there are none. */
export const ownQuietHoursQuery = queryOptions({
  queryKey: keys.ownQuietHours,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/quiet-hours', { signal })),
});

export const setOwnQuietHours = (body: OwnQuietHoursInput) => bodyOf(client.PUT('/me/quiet-hours', { body }));
