import { hashKey, type QueryKey } from '@tanstack/react-query';
import { keys } from './keys';
import { ApiError } from './problem';

/** Whether a query is about an earlier instant: nothing that happens now changes its answer. */
export const isOfPast = (queryKey: QueryKey | undefined): boolean => queryKey?.[0] === keys.asOf[0];

/** The parameter of a request as of an instant; null is now. */
export const atParam = (at: string | null): { at?: string } => (at === null ? {} : { at });

const KEPT_MS = 60_000;

interface Previous {
  queryKey: QueryKey;
}

/** The same question of another instant. Its answer is shown until there is one of this instant. */
const isSameQuestion = (a: QueryKey, b: QueryKey): boolean =>
  isOfPast(a) && isOfPast(b) && hashKey(a.slice(2)) === hashKey(b.slice(2));

interface InTime {
  queryKey: QueryKey;
  staleTime?: 'static';
  gcTime?: number;
  refetchOnWindowFocus?: false;
  placeholderData?: <T>(previous: T | undefined, query: Previous | undefined) => T | undefined;
}

/**
 * The options of a query that may be as of an instant: its answer is not loaded again by itself. In the present the
 * query has `presentKey`, and a placeholder only where one is given.
 */
export function inTime(
  at: string | null,
  presentKey: QueryKey,
  placeholderData?: InTime['placeholderData'],
): InTime {
  if (at === null) return { queryKey: presentKey, ...(placeholderData && { placeholderData }) };
  const queryKey = keys.asOfInstant(at, presentKey);
  return {
    queryKey,
    staleTime: 'static',
    // While somebody looks for an instant there are many answers, and a list may be long.
    gcTime: KEPT_MS,
    refetchOnWindowFocus: false,
    placeholderData: <T>(previous: T | undefined, query: Previous | undefined): T | undefined =>
      query && isSameQuestion(query.queryKey, queryKey) ? previous : undefined,
  };
}

/** Keeps what was shown while another list is loaded, but nothing of the past in the present. */
export const keepPresent = <T>(previous: T | undefined, query: Previous | undefined): T | undefined =>
  isOfPast(query?.queryKey) ? undefined : previous;

/** Why the server does not answer as of an instant, if that is what it says. */
export function refusedInstant(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.status !== 422) return null;
  return error.fields.find(({ field }) => field === 'at')?.message ?? null;
}
