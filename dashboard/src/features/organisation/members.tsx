import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { Member, Organisation } from '@/api/models';
import { membersQuery, removeMember } from '@/api/organisations';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { toastSuccess } from '@/components/toasts';
import { accountMessages } from '@/messages/account';
import { Invitations } from './invitations';
import { InviteDialog, LinkDialog, type LinkedInvitation } from './invite-dialog';
import { MemberRow } from './member-row';
import { organisationMessages as messages } from './messages';
import { NarrowDialog } from './narrow-dialog';

function RemoveMember({ org, member, onClose }: { org: Organisation; member: Member; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeMember(org.id, member.user_id),
    onSuccess() {
      toastSuccess(messages.memberRemoved(member.name));
      void client.invalidateQueries({ queryKey: keys.usage });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  });
  return (
    <ConfirmDialog
      title={messages.removeTitle(member.name)}
      action={messages.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.removeHint}
    </ConfirmDialog>
  );
}

export function Members({ org, userId }: { org: Organisation; userId: number }) {
  const query = useInfiniteQuery(membersQuery(org.id));
  const canManage = useCan('manageMembers');
  const [inviting, setInviting] = useState(false);
  const [resent, setResent] = useState<LinkedInvitation | null>(null);
  const [narrowing, setNarrowing] = useState<Member | null>(null);
  const [removing, setRemoving] = useState<Member | null>(null);
  return (
    <>
      <Section
        title={accountMessages.members}
        aside={
          canManage && (
            <Button variant="primary" onClick={() => setInviting(true)}>
              <UserPlus className="size-4" aria-hidden />
              {messages.invite}
            </Button>
          )
        }
      >
        <QueryView query={query} loading={<Loading rows={3} />}>
          {({ pages }) => {
            const members = pages.flatMap((page) => page.items);
            const owners = members.filter(({ role }) => role === 'owner').length;
            return (
              <>
                <ul aria-label={accountMessages.members} className="card divide-y divide-line">
                  {members.map((member) => (
                    <MemberRow
                      key={member.user_id}
                      org={org}
                      member={member}
                      isSelf={member.user_id === userId}
                      isLastOwner={member.role === 'owner' && owners === 1 && !query.hasNextPage}
                      onNarrow={() => setNarrowing(member)}
                      onRemove={() => setRemoving(member)}
                    />
                  ))}
                </ul>
                <ShowMore query={query} shown={members.length} />
              </>
            );
          }}
        </QueryView>
        <PermissionNote permission="manageMembers" />
      </Section>
      {canManage && <Invitations org={org} onLink={setResent} />}
      {inviting && <InviteDialog org={org} onClose={() => setInviting(false)} />}
      {resent && <LinkDialog {...resent} onClose={() => setResent(null)} />}
      {narrowing && <NarrowDialog org={org} member={narrowing} onClose={() => setNarrowing(null)} />}
      {removing && <RemoveMember org={org} member={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}
