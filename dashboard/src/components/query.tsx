import type { ReactNode } from 'react';
import { refusedInstant } from '@/api/as-of';
import { asApiError } from '@/api/problem';
import { common } from '@/messages/common';
import { useAsOf } from './as-of/as-of';
import { RefusedInstant } from './as-of/notes';
import { FailedQuery } from './notice';

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

/** One notice for all queries that failed for the same reason: an unreachable server fails them all. */
export function FailedQueries({ queries }: { queries: QueryLike<unknown>[] }) {
  const isPast = useAsOf() !== null;
  const refusalOf = ({ error }: QueryLike<unknown>) => (isPast ? refusedInstant(error) : null);
  const failed = queries.filter((query) => query.error != null && refusalOf(query) === null);
  // To ask again would be in vain: another time has to be chosen.
  const refused = new Set(queries.flatMap((query) => refusalOf(query) ?? []));
  const reasons = new Map(failed.map((query) => [asApiError(query.error).detail, query.error]));
  return (
    <>
      {[...refused].map((reason) => (
        <RefusedInstant key={reason} reason={reason} />
      ))}
      {[...reasons].map(([detail, error]) => (
        <div key={detail} className="mb-4">
          <FailedQuery
            error={error}
            busy={failed.some((query) => query.isFetching)}
            onRetry={() => {
              for (const query of failed) query.refetch();
            }}
          />
        </div>
      ))}
    </>
  );
}

interface Props<T> {
  query: QueryLike<T>;
  loading: ReactNode;
  /** For a page that shows the errors of its queries together with `FailedQueries`. */
  hideError?: boolean;
  children: (data: T) => ReactNode;
}

/** Shows an error also above stale data, so that a failed query never looks like an empty result. */
export function QueryView<T>({ query, loading, hideError = false, children }: Props<T>) {
  return (
    <>
      {!hideError && <FailedQueries queries={[query]} />}
      {query.data !== undefined ? children(query.data) : query.error == null && loading}
    </>
  );
}

export function Loading({ rows = 3, className = 'h-16' }: { rows?: number; className?: string }) {
  return (
    <div role="status" aria-label={common.loading} className="grid gap-2">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} className={`skeleton ${className}`} />
      ))}
    </div>
  );
}
