import type { ReactNode } from 'react';
import { asApiError } from '@/api/problem';
import { FailedQuery } from './notice';

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

/** One notice for queries that failed for the same reason: a server that is away fails them all. */
export function FailedQueries({ queries }: { queries: QueryLike<unknown>[] }) {
  const failed = queries.filter((query) => query.error != null);
  const reasons = new Map(failed.map((query) => [asApiError(query.error).detail, query.error]));
  return [...reasons].map(([detail, error]) => (
    <div key={detail} className="mb-4">
      <FailedQuery
        error={error}
        busy={failed.some((query) => query.isFetching)}
        onRetry={() => {
          for (const query of failed) query.refetch();
        }}
      />
    </div>
  ));
}

interface Props<T> {
  query: QueryLike<T>;
  loading: ReactNode;
  /** For a page that gathers the failures of its queries with `FailedQueries`. */
  failureShownElsewhere?: boolean;
  children: (data: T) => ReactNode;
}

/** A query that failed says so, also above older data that it still has; it never looks like an empty answer. */
export function QueryView<T>({ query, loading, failureShownElsewhere = false, children }: Props<T>) {
  return (
    <>
      {!failureShownElsewhere && <FailedQueries queries={[query]} />}
      {query.data !== undefined ? children(query.data) : query.error == null && loading}
    </>
  );
}

export function Loading({ rows = 3, className = 'h-16' }: { rows?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} className={`skeleton ${className}`} />
      ))}
    </div>
  );
}
