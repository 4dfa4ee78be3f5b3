import { useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import type { ReactNode } from 'react';
import type { MonitorVersion } from '@/api/models';
import { ApiError } from '@/api/problem';
import { versionsQuery } from '@/api/versions';
import { EmptyState } from '@/components/empty-state';
import { NotFoundPage } from '@/components/fallback';
import { PageTitle, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { versionMessages as messages } from '@/messages/versions';
import type { Trail } from './trail';
import { VersionRow } from './version-row';

/** The first version is saved with what it is of. */
const AT_ONCE_MS = 60_000;

/** What is older than its first version had others before, which are not known. */
function titleOfUnchanged(createdAt: string | undefined, first: MonitorVersion | undefined): string {
  if (!createdAt || !first) return messages.unchanged;
  const isLater = Date.parse(first.from) - Date.parse(createdAt) > AT_ONCE_MS;
  return isLater ? messages.unchangedSince(first.from) : messages.unchanged;
}

interface Props {
  trail: Trail;
  /** The link to what it is the history of, or to where that is listed. */
  back: ReactNode;
  /** What it is called, where the link does not say it. */
  name?: string;
}

/** Every definition that something had, the newest first. */
export function HistoryView({ trail, back, name }: Props) {
  const query = useInfiniteQuery(versionsQuery(trail.subject));
  useTitle(messages.title);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFoundPage />;
  return (
    <div className="max-w-3xl">
      {back}
      <PageTitle>{messages.title}</PageTitle>
      {name && <p className="wrap-anywhere text-ink-soft text-sm">{name}</p>}
      <p className="mt-1 mb-6 text-pretty text-ink-soft text-sm">{trail.texts.about}</p>
      <QueryView query={query} loading={<Loading rows={5} />}>
        {({ pages }) => {
          const versions = pages.flatMap((page) => page.items);
          const [first] = versions;
          if (first === undefined || (versions.length === 1 && first.version === 1)) {
            return (
              <EmptyState icon={History} title={titleOfUnchanged(trail.createdAt, first)}>
                {trail.texts.unchangedHint}
              </EmptyState>
            );
          }
          return (
            <>
              <ul aria-label={messages.list} className="card divide-y divide-line">
                {versions.map((version) => (
                  <VersionRow key={version.version} trail={trail} version={version} />
                ))}
              </ul>
              <ShowMore query={query} shown={versions.length} />
              <PermissionNote permission={trail.permission} />
            </>
          );
        }}
      </QueryView>
    </div>
  );
}
