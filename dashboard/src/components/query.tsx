import type { ReactNode } from 'react';
import { FailedQuery } from './notice';

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

interface Props<T> {
  query: QueryLike<T>;
  loading: ReactNode;
  children: (data: T) => ReactNode;
}

/** A query that failed says so, also above older data that it still has; it never looks like an empty answer. */
export function QueryView<T>({ query, loading, children }: Props<T>) {
  const failed = query.error != null && (
    <FailedQuery error={query.error} busy={query.isFetching} onRetry={() => query.refetch()} />
  );
  if (query.data === undefined) return failed || loading;
  return (
    <>
      {failed && <div className="mb-4">{failed}</div>}
      {children(query.data)}
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
