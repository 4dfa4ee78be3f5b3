import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { ApiError } from '@/api/problem';
import { visitStatusPage } from '@/api/status-pages';
import { useSession } from '@/api/use-session';
import { buttonClass } from '@/components/button';
import { FailedQuery } from '@/components/notice';
import { PageHeader } from '@/components/page';
import { RequirePermission } from '@/components/require-permission';
import { PAGE_TITLES } from '@/messages/terms';
import { visitMessages as messages } from './messages';

function Visit({ pageId }: { pageId: number }) {
  const org = useSession()?.org.name ?? '';
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => visitStatusPage(pageId),
    // Not back to here by the browser's button: it would lead there again.
    onSuccess: ({ url }) => window.location.replace(url),
  });
  const hasBegun = useRef(false);
  useEffect(() => {
    if (!hasBegun.current) mutate();
    hasBegun.current = true;
  }, [mutate]);
  if (error === null) {
    return (
      <p role="status" className="flex items-center gap-2.5 text-sm">
        <LoaderCircle className="size-4 animate-spin" aria-hidden />
        {messages.opening}
      </p>
    );
  }
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <>
      <PageHeader title={messages.failed} />
      {isMissing ? (
        <p className="text-pretty text-sm">{messages.otherOrganisation(org)}</p>
      ) : (
        <FailedQuery error={error} busy={isPending} onRetry={() => mutate()} />
      )}
      <Link to="/status-pages" className={buttonClass('secondary', 'mt-5')}>
        {PAGE_TITLES.statusPages}
      </Link>
    </>
  );
}

/** Leads members to a page that is for members: it lets their browser in, and goes there. */
export function VisitStatusPage() {
  const { pageId } = useParams({ from: '/logged-in/status-pages/$pageId/visit' });
  return (
    <RequirePermission permission="viewStatusPages">
      <Visit pageId={pageId} />
    </RequirePermission>
  );
}
