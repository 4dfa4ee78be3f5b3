import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { History } from 'lucide-react';
import type { Monitor, MonitorVersion } from '@/api/models';
import { monitorQuery, nameOf } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { versionsQuery } from '@/api/versions';
import { BackLink } from '@/components/back-link';
import { EmptyState } from '@/components/empty-state';
import { NotFoundPage } from '@/components/fallback';
import { PageTitle, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { common } from '@/messages/common';
import { versionMessages as messages } from './messages';
import { VersionRow } from './version-row';

/** The first version is saved with the monitor. */
const AT_ONCE_MS = 60_000;

/** A monitor that is older than its first version had others before, which are not known. */
function titleOfUnchanged(monitor: Monitor | undefined, first: MonitorVersion | undefined): string {
  if (!monitor || !first) return messages.unchanged;
  const isLater = Date.parse(first.from) - Date.parse(monitor.created_at) > AT_ONCE_MS;
  return isLater ? messages.unchangedSince(first.from) : messages.unchanged;
}

/** Every definition that a monitor had, the newest first. */
export function HistoryPage() {
  const { monitorId } = useParams({ from: '/logged-in/monitors/$monitorId/history' });
  const monitor = useQuery(monitorQuery(monitorId));
  const query = useInfiniteQuery(versionsQuery(monitorId));
  useTitle(messages.title);
  if ([monitor, query].some(({ error }) => error instanceof ApiError && error.status === 404)) {
    return <NotFoundPage />;
  }
  const kind = monitor.data?.kind ?? 'http';
  return (
    <div className="max-w-3xl">
      <BackLink to="/monitors/$monitorId" monitorId={monitorId}>
        {monitor.data ? nameOf(monitor.data) : common.namelessMonitor(monitorId)}
      </BackLink>
      <PageTitle>{messages.title}</PageTitle>
      <p className="mt-1 mb-6 text-pretty text-ink-soft text-sm">{messages.about}</p>
      <QueryView query={query} loading={<Loading rows={5} />}>
        {({ pages }) => {
          const versions = pages.flatMap((page) => page.items);
          const [first] = versions;
          if (first === undefined || (versions.length === 1 && first.version === 1)) {
            return (
              <EmptyState icon={History} title={titleOfUnchanged(monitor.data, first)}>
                {messages.unchangedHint}
              </EmptyState>
            );
          }
          return (
            <>
              <ul aria-label={messages.list} className="card divide-y divide-line">
                {versions.map((version) => (
                  <VersionRow key={version.version} monitorId={monitorId} kind={kind} version={version} />
                ))}
              </ul>
              <ShowMore query={query} shown={versions.length} />
              <PermissionNote permission="manageMonitors" />
            </>
          );
        }}
      </QueryView>
    </div>
  );
}
