import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Organisation } from '@/api/models';
import { requireSecondFactor } from '@/api/organisations';
import { useCan, useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { SettingRow } from '@/components/setting-row';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { organisationMessages as messages } from './messages';

function Change({ org, onClose }: { org: Organisation; onClose: () => void }) {
  const isRequired = org.require_second_factor;
  const change = useMutation({
    async mutationFn() {
      await requireSecondFactor(org, !isRequired);
      toastSuccess(isRequired ? messages.notRequired : messages.nowRequired);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={isRequired ? messages.stopTitle : messages.requireTitle}
      action={isRequired ? messages.stopRequiring : messages.requireSecondFactor}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate()}
      onClose={onClose}
    >
      {isRequired ? messages.stopHint : messages.requireHint}
    </ConfirmDialog>
  );
}

/** Whether members need a second factor. */
export function SecondFactorPolicy({ org }: { org: Organisation }) {
  const [open, setOpen] = useState(false);
  const canChange = useCan('manageOrganisation');
  const hasOwn = useSession()?.user.second_factor === true;
  const isRequired = org.require_second_factor;
  return (
    <>
      <SettingRow
        label={messages.secondFactor}
        action={
          canChange &&
          (isRequired || hasOwn) && (
            <Button
              aria-label={isRequired ? messages.stopRequiring : messages.requireSecondFactor}
              onClick={() => setOpen(true)}
            >
              {common.change}
            </Button>
          )
        }
      >
        {isRequired ? messages.secondFactorRequired : messages.secondFactorOptional}
        {isRequired && (
          <span className="block text-pretty text-ink-soft text-xs">{messages.secondFactorRequiredHint}</span>
        )}
        {canChange && !isRequired && !hasOwn && (
          <Link
            to="/account"
            className="block text-pretty text-ink-soft text-xs underline underline-offset-4"
          >
            {messages.ownFirst}
          </Link>
        )}
      </SettingRow>
      {open && <Change org={org} onClose={() => setOpen(false)} />}
    </>
  );
}
