import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { accountDeletionQuery, organisationDeletionQuery } from '@/api/privacy';
import { useSession } from '@/api/use-session';
import { deletionMessages as messages } from '@/messages/deletions';

const MINUTE_MS = 60_000;

/** Says on each page that the organisation, or the account, is to be deleted. */
export function DeletionBanner() {
  const org = useSession()?.org.id ?? 0;
  const options = { staleTime: MINUTE_MS, refetchInterval: MINUTE_MS, enabled: org > 0 };
  const organisation = useQuery({ ...organisationDeletionQuery(org), ...options }).data;
  const account = useQuery({ ...accountDeletionQuery, ...options }).data;
  const lines = [
    organisation?.deletion && {
      to: '/organisation' as const,
      text: messages.pendingOrganisation(organisation.deletion.due_at),
    },
    account?.deletion && {
      to: '/account' as const,
      text: messages.pendingAccount(account.deletion.due_at),
    },
  ].filter((line) => line != null);
  if (lines.length === 0) return null;
  return (
    <div role="status" className="border-degraded/40 border-b bg-degraded/10 text-sm">
      {lines.map(({ to, text }) => (
        <p key={to} className="mx-auto flex max-w-(--page-width) items-center gap-3 px-5 py-2.5">
          <TriangleAlert className="size-4.5 shrink-0 text-degraded" aria-hidden />
          <span className="min-w-0 flex-1 text-pretty">{text}</span>
          <Link to={to} className="shrink-0 font-medium underline underline-offset-4">
            {messages.show}
          </Link>
        </p>
      ))}
    </div>
  );
}
