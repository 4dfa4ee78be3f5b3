import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw, X } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { MemberInvitation, Organisation } from '@/api/models';
import { memberInvitationsQuery, resendInvitation, withdrawInvitation } from '@/api/organisations';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { toastError, toastSuccess } from '@/components/toasts';
import { formatDate } from '@/lib/format';
import { useNow } from '@/lib/now';
import { accountMessages } from '@/messages/account';
import { describeAccess } from '@/messages/roles';
import type { LinkedInvitation } from './invite-dialog';
import { organisationMessages as messages } from './messages';

interface RowProps {
  org: Organisation;
  invitation: MemberInvitation;
  onLink: (invitation: LinkedInvitation) => void;
  onWithdraw: () => void;
}

function InvitationRow({ org, invitation, onLink, onWithdraw }: RowProps) {
  const client = useQueryClient();
  const now = useNow();
  const { id, email, role, only_tags: onlyTags, invited_by: by, expires_at: expires, error } = invitation;
  const resend = useMutation({
    mutationFn: () => resendInvitation(org.id, id),
    onSuccess(sent) {
      if (sent.link) onLink({ email: sent.email, link: sent.link });
      else toastSuccess(messages.invitationSent(email));
    },
    onError: (failed) => toastError(messages.resendFailed(email), failed),
    onSettled: () => client.invalidateQueries({ queryKey: keys.memberInvitations }),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-3.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="break-all font-medium text-sm">{email}</p>
        <p className="break-words text-ink-soft text-xs">
          {describeAccess(role, onlyTags)} · {messages.invitedBy(by)} ·{' '}
          {Date.parse(expires) <= now ? messages.expired : accountMessages.expires(formatDate(expires))}
        </p>
        {error && <p className="break-words text-down text-xs">{messages.notSent(error)}</p>}
      </div>
      <div className="flex items-center gap-1 max-sm:w-full max-sm:justify-between">
        <Button aria-label={messages.resendTo(email)} busy={resend.isPending} onClick={() => resend.mutate()}>
          {!resend.isPending && <RotateCw className="size-4" aria-hidden />}
          {messages.resend}
        </Button>
        <IconButton label={messages.withdraw(email)} onClick={onWithdraw}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </div>
    </li>
  );
}

interface WithdrawProps {
  org: Organisation;
  invitation: MemberInvitation;
  onClose: () => void;
}

function Withdraw({ org, invitation, onClose }: WithdrawProps) {
  const client = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => withdrawInvitation(org.id, invitation.id),
    onSuccess() {
      toastSuccess(messages.withdrawn);
      void client.invalidateQueries({ queryKey: keys.usage });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.memberInvitations }),
  });
  return (
    <ConfirmDialog
      title={messages.withdrawTitle(invitation.email)}
      action={messages.withdrawAction}
      busy={withdraw.isPending}
      error={withdraw.error}
      onConfirm={() => withdraw.mutate()}
      onClose={onClose}
    >
      Its link stops working at once.
    </ConfirmDialog>
  );
}

interface Props {
  org: Organisation;
  onLink: (invitation: LinkedInvitation) => void;
}

/** Renders nothing where nobody is invited. */
export function Invitations({ org, onLink }: Props) {
  const query = useInfiniteQuery(memberInvitationsQuery(org.id));
  const [withdrawing, setWithdrawing] = useState<MemberInvitation | null>(null);
  if (query.data?.pages[0]?.items.length === 0) return null;
  return (
    <Section title={messages.invitations}>
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return (
            <>
              <ul aria-label={messages.invitations} className="card divide-y divide-line">
                {items.map((invitation) => (
                  <InvitationRow
                    key={invitation.id}
                    org={org}
                    invitation={invitation}
                    onLink={onLink}
                    onWithdraw={() => setWithdrawing(invitation)}
                  />
                ))}
              </ul>
              <ShowMore query={query} shown={items.length} />
            </>
          );
        }}
      </QueryView>
      {withdrawing && <Withdraw org={org} invitation={withdrawing} onClose={() => setWithdrawing(null)} />}
    </Section>
  );
}
