import { focusManager, useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, MailWarning } from 'lucide-react';
import { useEffect, useState } from 'react';
import { cancelEmailChange, reloadAccount, renameAccount, resendVerification } from '@/api/account';
import { keys } from '@/api/keys';
import type { Session } from '@/api/models';
import { useSession } from '@/api/use-session';
import { AccountTabs } from '@/components/account-tabs';
import { Button } from '@/components/button';
import { AccountDeletion } from '@/components/deletion';
import { Exports } from '@/components/exports';
import { NameDialog } from '@/components/name-dialog';
import { PageHeader } from '@/components/page';
import { useHasPassword } from '@/components/proof';
import { SettingRow } from '@/components/setting-row';
import { toastError, toastSuccess } from '@/components/toasts';
import { formatShortTime } from '@/lib/format';
import { useNow } from '@/lib/now';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { EmailDialog } from './email-dialog';
import { AccountEvents } from './events';
import { LinkedLogins } from './linked-logins';
import { accountPageMessages as messages } from './messages';
import { PasswordDialog } from './password-dialog';
import { SecondFactor } from './second-factor';
import { Sessions } from './sessions';

type Open = 'name' | 'email' | 'password' | null;

function EmailState({ email, verified }: { email: string; verified: boolean }) {
  const send = useMutation({
    mutationFn: resendVerification,
    onSuccess: () => toastSuccess(messages.verificationSent(email)),
    onError: (error) => toastError(messages.verificationFailed, error),
  });
  if (verified) {
    return (
      <span className="inline-flex items-center gap-1 text-up text-xs">
        <CircleCheck className="size-3.5" aria-hidden />
        {messages.verified}
      </span>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 text-xs">
      <span className="inline-flex items-center gap-1 text-degraded">
        <MailWarning className="size-3.5" aria-hidden />
        {messages.notVerified}
      </span>
      <button
        type="button"
        aria-disabled={send.isPending || undefined}
        onClick={() => !send.isPending && send.mutate()}
        className="min-h-6 font-medium underline underline-offset-4"
      >
        Send verification email again
      </button>
    </span>
  );
}

/** A change of the address that is under way, until it expires. */
function PendingEmail({ email, expires_at: expiresAt }: NonNullable<Session['user']['pending_email']>) {
  const now = useNow();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: cancelEmailChange,
    onSuccess: () => toastSuccess(messages.changeCancelled),
    onError: (error) => toastError(messages.cancelFailed, error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.account }),
  });
  if (Date.parse(expiresAt) <= now) return null;
  return (
    <span className="mt-1 block text-pretty text-ink-soft text-xs">
      {messages.pendingChange(email, formatShortTime(expiresAt))}{' '}
      <button
        type="button"
        aria-disabled={cancel.isPending || undefined}
        onClick={() => !cancel.isPending && cancel.mutate()}
        className="min-h-6 font-medium text-ink underline underline-offset-4"
      >
        {messages.cancelChange}
      </button>
    </span>
  );
}

function Profile({ session: { user } }: { session: Session }) {
  const [open, setOpen] = useState<Open>(null);
  const client = useQueryClient();
  const hasPassword = useHasPassword();
  const close = () => setOpen(null);
  // The address may have been verified, or changed, in another tab or on another device.
  useEffect(() => {
    const reload = () => void reloadAccount().catch(() => {});
    reload();
    return focusManager.subscribe((isFocused) => isFocused && reload());
  }, []);
  return (
    <>
      <dl className="card divide-y divide-line">
        <SettingRow
          label={common.name}
          action={
            <Button aria-label={messages.changeName} onClick={() => setOpen('name')}>
              {common.change}
            </Button>
          }
        >
          {user.name}
        </SettingRow>
        <SettingRow
          label={accountMessages.email}
          action={
            <Button aria-label={messages.changeEmail} onClick={() => setOpen('email')}>
              {common.change}
            </Button>
          }
        >
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="min-w-0 break-all">{user.email}</span>
            <EmailState email={user.email} verified={user.email_verified} />
          </span>
          <span role="status" className="empty:hidden">
            {user.pending_email && <PendingEmail {...user.pending_email} />}
          </span>
        </SettingRow>
        <SettingRow
          label={common.password}
          action={
            hasPassword ? (
              <Button aria-label={messages.changePassword} onClick={() => setOpen('password')}>
                {common.change}
              </Button>
            ) : (
              <Button onClick={() => setOpen('password')}>{messages.setPassword}</Button>
            )
          }
        >
          {hasPassword ? <span aria-hidden>••••••••••</span> : messages.noPasswordSet}
        </SettingRow>
        <SecondFactor />
      </dl>
      {open === 'name' && (
        <NameDialog
          title={messages.changeName}
          named={user}
          autoComplete="name"
          hint="Others see it in your organisations, in notes and in the audit log."
          onSubmit={async (name, read) => {
            await renameAccount(read, name);
            void client.invalidateQueries({ queryKey: keys.account });
          }}
          onReload={async () => (await reloadAccount()).user}
          onClose={close}
        />
      )}
      {open === 'email' && <EmailDialog onClose={close} />}
      {open === 'password' && <PasswordDialog onClose={close} />}
    </>
  );
}

export function AccountPage() {
  const session = useSession();
  return (
    <>
      <PageHeader title={accountMessages.account} />
      <AccountTabs />
      {session && <Profile session={session} />}
      <LinkedLogins />
      <Sessions />
      <AccountEvents />
      <Exports />
      {session && <AccountDeletion session={session} />}
    </>
  );
}
