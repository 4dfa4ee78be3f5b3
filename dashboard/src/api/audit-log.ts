import { infiniteQueryOptions } from '@tanstack/react-query';
import { client } from './client';
import { type AuditFilter, keys } from './keys';
import { bodyOf } from './transport';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The beginning of a local day, or of the one after. */
function startOfDay(date: string, later = 0): string | undefined {
  if (!DAY.test(date)) return undefined;
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const start = new Date(year, month - 1, day + later);
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}

/** One page of changes, the latest first. The last day is included. */
export function auditPage(
  org: number,
  { action, resource, user, key, from, to }: AuditFilter,
  cursor: string | undefined,
  limit: number,
  signal: AbortSignal,
) {
  const query = {
    action: action || undefined,
    resource: resource || undefined,
    user_id: user ?? undefined,
    key_id: key ?? undefined,
    from: startOfDay(from),
    to: startOfDay(to, 1),
    cursor,
    limit,
  };
  return bodyOf(client.GET('/orgs/{id}/audit-log', { params: { path: { id: org }, query }, signal }));
}

export const auditLogQuery = (org: number, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.auditLog(filter),
    queryFn: ({ pageParam: cursor, signal }) => auditPage(org, filter, cursor, 50, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });
