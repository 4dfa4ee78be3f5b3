import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Suppression } from './models';
import { simulation } from './simulations';
import { bodyOf } from './transport';

/** Why somebody was notified of a monitor at an instant, or nobody was; null is now. */
export const whyQuery = (id: number, at: string | null) =>
  queryOptions({
    queryKey: keys.why(id, at),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/monitors/{id}/why', {
          params: { path: { id }, query: at === null ? {} : { at } },
          signal,
        }),
      ),
    ...simulation,
    // Now is another instant whenever somebody asks.
    ...(at === null && { gcTime: 0 }),
  });

/** What people call a cooldown. */
export const COOLDOWN = 'throttle' satisfies Suppression;
