import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BellOff, Pencil, Plus, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { Team } from '@/api/models';
import { deleteTeam, teamsQuery } from '@/api/teams';
import { useCan } from '@/api/use-session';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { teamMessages as messages, onCallMessages } from './messages';
import { OnCallTabs } from './tabs';
import { TeamDialog } from './team-dialog';

function DeleteTeam({ team, onClose }: { team: Team; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteTeam(team.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.teams });
      toastSuccess(common.removed(team.name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(team.name)}
      action={messages.delete}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

interface RowProps {
  team: Team;
  canEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function TeamRow({ team: { name, members }, canEdit, onEdit, onDelete }: RowProps) {
  const unreachable = members.filter((member) => !member.has_channel).map((member) => member.name);
  return (
    <li className="flex items-start gap-4 px-5 py-4">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2.5">
          <span className="min-w-0 break-words font-semibold">{name}</span>
          <span className="text-ink-soft text-xs">{messages.count(members.length)}</span>
        </p>
        <p className="break-words text-ink-soft text-sm">{members.map((member) => member.name).join(', ')}</p>
        {unreachable.length > 0 && (
          <p className="mt-0.5 flex gap-1.5 text-down text-xs">
            <BellOff className="mt-px size-3.5 shrink-0" aria-hidden />
            <span className="min-w-0 break-words">{messages.unreachable(unreachable)}</span>
          </p>
        )}
      </div>
      {canEdit && (
        <div className="-mr-2 flex gap-1">
          <IconButton label={common.edit(name)} onClick={onEdit}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <IconButton label={common.remove(name)} onClick={onDelete}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
    </li>
  );
}

function Teams({ onAdd }: { onAdd: () => void }) {
  const query = useQuery(teamsQuery);
  const canEdit = useCan('manageAlertPolicy');
  const [editing, setEditing] = useState<Team | null>(null);
  const [deleting, setDeleting] = useState<Team | null>(null);
  return (
    <>
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={Users} title={messages.none} action={canEdit && <AddTeam onClick={onAdd} />}>
              {messages.noneHint}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 text-pretty text-ink-soft text-sm">{messages.about}</p>
              <ul aria-label={onCallMessages.teams} className="card divide-y divide-line">
                {items.map((team) => (
                  <TeamRow
                    key={team.id}
                    team={team}
                    canEdit={canEdit}
                    onEdit={() => setEditing(team)}
                    onDelete={() => setDeleting(team)}
                  />
                ))}
              </ul>
            </>
          )
        }
      </QueryView>
      <PermissionNote permission="manageAlertPolicy" />
      {editing && <TeamDialog team={editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteTeam team={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function AddTeam({ onClick }: { onClick: () => void }) {
  return (
    <Button variant="primary" onClick={onClick}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
}

export function TeamsPage() {
  const canView = useCan('viewAlertPolicy');
  const canEdit = useCan('manageAlertPolicy');
  const hasSome = (useQuery({ ...teamsQuery, enabled: canView }).data?.items.length ?? 0) > 0;
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <PageHeader title={PAGE_TITLES.onCall}>
        {canEdit && hasSome && <AddTeam onClick={() => setAdding(true)} />}
      </PageHeader>
      <OnCallTabs />
      <RequirePermission permission="viewAlertPolicy">
        <Teams onAdd={() => setAdding(true)} />
      </RequirePermission>
      {isAdding && <TeamDialog team={null} onClose={() => setAdding(false)} />}
    </>
  );
}
