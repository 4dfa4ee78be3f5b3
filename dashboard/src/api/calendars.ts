import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { CalendarFeedInput } from './models';
import { bodyOf } from './transport';

/** The own ones in this organisation. */
export const calendarsQuery = queryOptions({
  queryKey: keys.calendars,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/calendars', { signal })),
});

/** The address of the feed is in the answer, and nowhere else. */
export const createCalendar = (body: CalendarFeedInput) => bodyOf(client.POST('/me/calendars', { body }));

export const deleteCalendar = (id: number) =>
  client.DELETE('/me/calendars/{id}', { params: { path: { id } } });
