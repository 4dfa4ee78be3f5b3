import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Tag, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { can, canBeNarrowed, canChangeMember, rolesGivenBy } from '@/api/access';
import { reloadAccount } from '@/api/account';
import { keys } from '@/api/keys';
import type { Member, Organisation, Role } from '@/api/models';
import { changeMember } from '@/api/organisations';
import { Badge } from '@/components/badge';
import { IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Select } from '@/components/field';
import { toastError, toastSuccess } from '@/components/toasts';
import { formatDate } from '@/lib/format';
import { describeAccess, ROLE_LABELS } from '@/messages/roles';
import { organisationMessages as messages } from './messages';

interface Props {
  org: Organisation;
  member: Member;
  isSelf: boolean;
  /** Opens what the member sees. */
  onNarrow: () => void;
  /** Whether there is no other owner. */
  isLastOwner: boolean;
  onRemove: () => void;
}

export function MemberRow({ org, member, isSelf, isLastOwner, onNarrow, onRemove }: Props) {
  const client = useQueryClient();
  const [asked, setAsked] = useState<Role | null>(null);
  const change = useMutation({
    // Admins and owners see everything.
    mutationFn: (role: Role) =>
      changeMember(org.id, member.user_id, canBeNarrowed(role) ? { role } : { role, only_tags: null }),
    async onSuccess({ role }) {
      setAsked(null);
      toastSuccess(messages.roleChanged(member.name, role));
      if (isSelf) await reloadAccount().catch(() => {});
    },
    onError: (error) => !isSelf && toastError(messages.roleFailed(member.name), error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  });
  const mayChange = canChangeMember(org.role, member.role) && !isLastOwner;
  const shown = change.isPending ? change.variables : member.role;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2.5 px-5 py-3.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 break-words font-medium text-sm">
          {member.name}
          {isSelf && <Badge>{messages.you}</Badge>}
        </p>
        <p className="break-words text-ink-soft text-xs">
          {member.email} · {messages.joined(formatDate(member.joined_at))}
        </p>
        {member.only_tags !== null && (
          <p className="break-words text-ink-soft text-xs">{describeAccess(member.role, member.only_tags)}</p>
        )}
        {isLastOwner && can(org.role, 'manageMembers') && (
          <p className="text-ink-soft text-xs">{messages.onlyOwner}</p>
        )}
      </div>
      <div className="flex items-center gap-1 max-sm:has-[select]:w-full">
        {mayChange ? (
          <div className="w-36 max-sm:flex-1">
            <Select
              aria-label={messages.roleOf(member.name)}
              value={shown}
              onChange={({ target }) => {
                const role = target.value as Role;
                if (change.isPending || role === member.role) return;
                if (isSelf) setAsked(role);
                else change.mutate(role);
              }}
            >
              {rolesGivenBy(org.role).map((role) => (
                <option key={role} value={role}>
                  {ROLE_LABELS[role]}
                </option>
              ))}
            </Select>
          </div>
        ) : (
          <span className="px-1 text-ink-soft text-sm">{ROLE_LABELS[member.role]}</span>
        )}
        {mayChange && canBeNarrowed(member.role) && (
          <IconButton label={messages.narrow(member.name)} onClick={onNarrow}>
            <Tag className="size-4" aria-hidden />
          </IconButton>
        )}
        {mayChange && !isSelf ? (
          <IconButton label={messages.removeMember(member.name)} onClick={onRemove}>
            <UserMinus className="size-4" aria-hidden />
          </IconButton>
        ) : (
          can(org.role, 'manageMembers') && <span className="w-9 max-sm:hidden" />
        )}
      </div>
      {asked && (
        <ConfirmDialog
          title={messages.ownRole}
          action={messages.ownRoleAction}
          busy={change.isPending}
          error={change.error}
          onConfirm={() => change.mutate(asked)}
          onClose={() => setAsked(null)}
        >
          {messages.ownRoleHint(asked)}
        </ConfirmDialog>
      )}
    </li>
  );
}
