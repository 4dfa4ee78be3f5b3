import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { can } from '@/api/access';
import type { Organisation } from '@/api/models';
import {
  leaveOrganisation,
  membersQuery,
  organisationsQuery,
  reloadOrganisation,
  renameOrganisation,
} from '@/api/organisations';
import { refreshSession } from '@/api/session';
import { useCan, useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { OrganisationDeletion } from '@/components/deletion';
import { ConfirmDialog } from '@/components/dialog';
import { Exports } from '@/components/exports';
import { NameDialog } from '@/components/name-dialog';
import { OrganisationTabs } from '@/components/organisation-tabs';
import { PageHeader } from '@/components/page';
import { PermissionNote } from '@/components/require-permission';
import { SettingRow } from '@/components/setting-row';
import { toastSuccess } from '@/components/toasts';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { describeAccess, ROLE_DESCRIPTIONS } from '@/messages/roles';
import { Members } from './members';
import { organisationMessages as messages } from './messages';
import { SecondFactorPolicy } from './second-factor-policy';
import { PlanUsage } from './usage';

function Leave({ org, onClose }: { org: Organisation; onClose: () => void }) {
  const leave = useMutation({
    async mutationFn() {
      await leaveOrganisation(org.id);
      toastSuccess(messages.left(org.name));
      // The session goes on in another organisation, if there is one.
      await refreshSession();
    },
  });
  const isOnlyOne = useQuery(organisationsQuery).data?.items.length === 1;
  return (
    <ConfirmDialog
      title={messages.leaveTitle(org.name)}
      action={messages.leaveAction}
      busy={leave.isPending}
      error={leave.error}
      onConfirm={() => leave.mutate()}
      onClose={onClose}
    >
      {messages.leaveHint(isOnlyOne)}
    </ConfirmDialog>
  );
}

function About({ org }: { org: Organisation }) {
  const [open, setOpen] = useState<'name' | 'leave' | null>(null);
  const canRename = useCan('manageOrganisation');
  const seesMembers = useCan('seeMembers');
  const { data, hasNextPage } = useInfiniteQuery({ ...membersQuery(org.id), enabled: seesMembers });
  // Somebody else may have renamed it.
  useEffect(() => void reloadOrganisation(org.id).catch(() => {}), [org.id]);
  const owners = data?.pages.flatMap(({ items }) => items).filter(({ role }) => role === 'owner').length;
  const isLastOwner = org.role === 'owner' && owners === 1 && !hasNextPage;
  return (
    <>
      <dl className="card divide-y divide-line">
        <SettingRow
          label={common.name}
          action={
            canRename && (
              <Button aria-label={messages.rename} onClick={() => setOpen('name')}>
                {common.change}
              </Button>
            )
          }
        >
          {org.name}
        </SettingRow>
        <SecondFactorPolicy org={org} />
        <SettingRow
          label={messages.yourRole}
          action={
            !isLastOwner && (
              <Button aria-label={messages.leaveAction} onClick={() => setOpen('leave')}>
                {messages.leave}
              </Button>
            )
          }
        >
          {describeAccess(org.role, org.only_tags)}
          <span className="block text-pretty text-ink-soft text-xs">
            {isLastOwner ? messages.lastOwnerLeave : ROLE_DESCRIPTIONS[org.role]}
          </span>
        </SettingRow>
      </dl>
      {open === 'name' && (
        <NameDialog
          title={messages.rename}
          named={org}
          onSubmit={(name, read) => renameOrganisation(read, name)}
          onReload={() => reloadOrganisation(org.id)}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'leave' && <Leave org={org} onClose={() => setOpen(null)} />}
    </>
  );
}

export function OrganisationPage() {
  const session = useSession();
  const seesMembers = useCan('seeMembers');
  const seesUsage = useCan('seeUsage');
  if (!session) return null;
  return (
    <>
      <PageHeader title={accountMessages.organisation} />
      <OrganisationTabs />
      <About org={session.org} />
      {seesMembers ? (
        <Members org={session.org} userId={session.user.id} />
      ) : (
        <PermissionNote permission="seeMembers" />
      )}
      {seesUsage && <PlanUsage org={session.org} />}
      {can(session.org.role, 'exportOrganisation') && <Exports org={session.org.id} />}
      {can(session.org.role, 'ownOrganisation') && <OrganisationDeletion org={session.org} />}
    </>
  );
}
