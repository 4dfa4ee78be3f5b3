import { hashKey, type QueryKey } from '@tanstack/react-query';
import { keys } from './keys';
import type { Monitor } from './models';
import { ApiError } from './problem';

/** Whether a query is about an earlier instant: nothing that happens now changes its answer. */
export const isOfPast = (queryKey: QueryKey | undefined): boolean => queryKey?.[0] === keys.asOf[0];

/** The parameter of a request as of an instant; null is now. */
export const atParam = (at: string | null): { at?: string } => (at === null ? {} : { at });

/** The same of a page: a cursor leads on as of the instant of the first, which may be another than was asked for. */
export const pageQuery = (at: string | null, cursor: string | undefined) =>
  cursor === undefined ? atParam(at) : { cursor };

const KEPT_MS = 60_000;

interface Previous {
  queryKey: QueryKey;
}

interface InTime extends Previous {
  staleTime?: 'static';
  gcTime?: number;
  refetchOnWindowFocus?: false;
}

/** The options of a query that may be as of an instant: that answer is not loaded again by itself. */
export function inTime(at: string | null, presentKey: QueryKey): InTime {
  if (at === null) return { queryKey: presentKey };
  return {
    queryKey: keys.asOfInstant(at, presentKey),
    staleTime: 'static',
    // While somebody looks for an instant there are many answers, and a list may be long.
    gcTime: KEPT_MS,
    refetchOnWindowFocus: false,
  };
}

type Placeholder = <T>(previous: T | undefined, query: Previous | undefined) => T | undefined;

/** Shows the answer as of another instant until there is one; in the present nothing. */
export function keepThen(at: string | null, presentKey: QueryKey): Placeholder {
  const question = hashKey(presentKey);
  return (previous, query) => {
    const isSame = isOfPast(query?.queryKey) && hashKey(query?.queryKey.slice(2) ?? []) === question;
    return at !== null && isSame ? previous : undefined;
  };
}

/** The same; in the present it shows what was listed before, but nothing of the past. */
export function keepList(at: string | null, presentKey: QueryKey): Placeholder {
  const then = keepThen(at, presentKey);
  return (previous, query) => {
    if (at !== null) return then(previous, query);
    return isOfPast(query?.queryKey) ? undefined : previous;
  };
}

/** Whether a part of a monitor is known of the instant as of which it is shown; in the present all of it is. */
export const isKnown = ({ not_known: unknown }: Pick<Monitor, 'not_known'>, part: string): boolean =>
  !unknown?.includes(part);

/** Why the server does not answer as of an instant, if that is what it says. */
export function refusedInstant(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.status !== 422) return null;
  return error.fields.find(({ field }) => field === 'at')?.message ?? null;
}
