import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { StatusPage } from '@/api/models';
import { ApiError } from '@/api/problem';
import { statusPageQuery } from '@/api/status-pages';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { NotFoundPage } from '@/components/fallback';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { PAGE_TITLES } from '@/messages/terms';

const BACK = <BackLink to="/status-pages">{PAGE_TITLES.statusPages}</BackLink>;

/** Loads the status page that a page of the dashboard is about. */
export function WithStatusPage({ id, children }: { id: number; children: (page: StatusPage) => ReactNode }) {
  const query = useQuery({ ...statusPageQuery(id), enabled: useCan('viewStatusPages') });
  if (query.error instanceof ApiError && [400, 404].includes(query.error.status)) return <NotFoundPage />;
  return (
    <RequirePermission permission="viewStatusPages">
      {query.data === undefined && BACK}
      <QueryView query={query} loading={<Loading rows={2} className="h-40" />}>
        {children}
      </QueryView>
    </RequirePermission>
  );
}
