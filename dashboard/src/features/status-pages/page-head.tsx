import { Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import type { StatusPage } from '@/api/models';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { CopyLine } from '@/components/copy';
import { TAB, TABS } from '@/components/notification-tabs';
import { PageHeader } from '@/components/page';
import { PAGE_TITLES } from '@/messages/terms';
import { pageMessages as messages } from './messages';

/** The address of a page, to be opened and copied. Where not anybody gets in, the dashboard lets members in. */
export function PageAddress({ page }: { page: StatusPage }) {
  const { url } = page;
  if (url === null) return null;
  const text = url.replace(/^https?:\/\//, '');
  return (
    <CopyLine text={url} label={messages.copyAddress(page.title)}>
      <a
        href={page.access.kind === 'public' ? url : `/status-pages/${page.id}/visit`}
        target="_blank"
        rel="noreferrer"
        className="inline-flex items-center gap-1.5 underline-offset-4 hover:text-ink hover:underline"
      >
        {text}
        <ExternalLink className="size-3.5 shrink-0" aria-label={messages.openPage} />
      </a>
    </CopyLine>
  );
}

/** The head of the pages about one status page. */
export function PageHead({ page, children }: { page: StatusPage; children?: ReactNode }) {
  const params = { pageId: page.id };
  const canSeeSubscribers = useCan('manageStatusPages');
  return (
    <>
      <BackLink to="/status-pages">{PAGE_TITLES.statusPages}</BackLink>
      <PageHeader title={page.title}>
        {children && <div className="flex flex-wrap items-center gap-3">{children}</div>}
      </PageHeader>
      <div className="-mt-2 mb-6 flex flex-wrap items-center gap-x-5 gap-y-2">
        <nav aria-label={page.title} className={TABS}>
          <Link to="/status-pages/$pageId" params={params} activeOptions={{ exact: true }} className={TAB}>
            {messages.page}
          </Link>
          <Link to="/status-pages/$pageId/reports" params={params} className={TAB}>
            {messages.reports}
          </Link>
          {canSeeSubscribers && (
            <Link
              to="/status-pages/$pageId/subscribers"
              params={params}
              activeOptions={{ includeSearch: false }}
              className={TAB}
            >
              {messages.subscribers}
            </Link>
          )}
        </nav>
        <div className="min-w-0 text-ink-soft text-sm">
          <PageAddress page={page} />
        </div>
      </div>
    </>
  );
}
