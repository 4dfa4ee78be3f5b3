import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import {
  BellRing,
  Building2,
  Check,
  ChevronDown,
  KeyRound,
  LogOut,
  Plus,
  ScrollText,
  UserRound,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useRef, useState } from 'react';
import type { Organisation, Session } from '@/api/models';
import { createOrganisation, organisationsQuery } from '@/api/organisations';
import { endSession, switchOrganisation } from '@/api/session';
import { useCan, useSession } from '@/api/use-session';
import { focusPage } from '@/lib/focus';
import { accountMessages } from '@/messages/account';
import { describeAccess, roleMessages } from '@/messages/roles';
import { NameDialog } from './name-dialog';
import { toastError, toastSuccess } from './toasts';

const ITEM =
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-3 text-sm outline-none data-highlighted:bg-sunken';
const ICON = 'size-4 shrink-0 text-ink-soft';
const SEPARATOR = <DropdownMenu.Separator className="-mx-1.5 my-1.5 h-px bg-line" />;

/** Goes to the monitors first, where a form with changes asks before they are lost; only then it switches. */
export function useSwitch() {
  const router = useRouter();
  return async (org: Pick<Organisation, 'id' | 'name'>) => {
    const switching = crypto.randomUUID();
    await router.navigate({ to: '/', search: {}, state: { switching } });
    if (router.latestLocation.state.switching !== switching) return;
    try {
      await switchOrganisation(org.id);
      toastSuccess(accountMessages.switchedTo(org.name));
    } catch (error) {
      toastError(accountMessages.switchFailed(org.name), error);
    }
  };
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** Which switch of the organisation a navigation is for. */
    switching?: string;
  }
}

function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="flex size-7 shrink-0 items-center justify-center rounded-full bg-ink font-semibold text-paper text-xs uppercase"
    >
      {[...name.trim()][0] ?? '?'}
    </span>
  );
}

function Organisations({
  current,
  onSwitch,
}: {
  current: Organisation;
  onSwitch: (org: Organisation) => void;
}) {
  const { data, isError } = useQuery(organisationsQuery);
  const others = data?.items.filter(({ id }) => id !== current.id) ?? [];
  const items = [current, ...others].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <DropdownMenu.RadioGroup
      value={String(current.id)}
      aria-label={accountMessages.organisations}
      onValueChange={(value) => {
        const org = others.find(({ id }) => String(id) === value);
        if (org) onSwitch(org);
      }}
    >
      {items.map((org) => (
        <DropdownMenu.RadioItem key={org.id} value={String(org.id)} className={ITEM}>
          <span className="flex size-4 shrink-0 items-center">
            <DropdownMenu.ItemIndicator>
              <Check className="size-4" aria-hidden />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className="min-w-0 flex-1 truncate">{org.name}</span>
          <span className="max-w-28 truncate text-ink-soft text-xs">
            {describeAccess(org.role, org.only_tags)}
          </span>
        </DropdownMenu.RadioItem>
      ))}
      {isError && <p className="px-3 py-2 text-down text-xs">{accountMessages.listFailed}</p>}
    </DropdownMenu.RadioGroup>
  );
}

function Item({ icon, onSelect, children }: { icon: ReactNode; onSelect: () => void; children: string }) {
  return (
    <DropdownMenu.Item className={ITEM} onSelect={onSelect}>
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

/** On closing, the focus returns to what opened the menu, unless an item led to another page. */
function useFocusOfPage() {
  const hasGone = useRef(false);
  return {
    goes: () => {
      hasGone.current = true;
    },
    onCloseAutoFocus: (event: Event) => {
      if (!hasGone.current) return;
      event.preventDefault();
      focusPage();
    },
  };
}

function Content({ session, onCreate }: { session: Session; onCreate: () => void }) {
  const { user, org } = session;
  const navigate = useNavigate();
  const { goes, onCloseAutoFocus } = useFocusOfPage();
  const goTo = (to: '/account' | '/account/channels' | '/organisation' | '/api-keys' | '/audit-log') => {
    goes();
    void navigate({ to });
  };
  const switchTo = useSwitch();
  const seesKeys = useCan('manageApiKeys');
  const seesLog = useCan('readAuditLog');
  return (
    <DropdownMenu.Content
      align="end"
      sideOffset={8}
      collisionPadding={12}
      onCloseAutoFocus={onCloseAutoFocus}
      className="card appear z-50 max-h-(--radix-dropdown-menu-content-available-height) w-72 overflow-y-auto bg-raised p-1.5 shadow-lg"
    >
      <div className="px-3 pt-2 pb-2.5">
        <p className="truncate font-semibold text-sm">{user.name}</p>
        <p className="truncate text-ink-soft text-xs">{user.email}</p>
        <p className="mt-0.5 truncate text-ink-soft text-xs">
          {roleMessages.roleIn(org.role, org.only_tags, org.name)}
        </p>
      </div>
      {SEPARATOR}
      <Organisations current={org} onSwitch={switchTo} />
      <Item icon={<Plus className={ICON} aria-hidden />} onSelect={onCreate}>
        {accountMessages.newOrganisation}
      </Item>
      {SEPARATOR}
      <Item icon={<UserRound className={ICON} aria-hidden />} onSelect={() => goTo('/account')}>
        {accountMessages.account}
      </Item>
      <Item icon={<BellRing className={ICON} aria-hidden />} onSelect={() => goTo('/account/channels')}>
        {accountMessages.reached}
      </Item>
      <Item icon={<Building2 className={ICON} aria-hidden />} onSelect={() => goTo('/organisation')}>
        {accountMessages.organisation}
      </Item>
      {seesKeys && (
        <Item icon={<KeyRound className={ICON} aria-hidden />} onSelect={() => goTo('/api-keys')}>
          {accountMessages.apiKeys}
        </Item>
      )}
      {seesLog && (
        <Item icon={<ScrollText className={ICON} aria-hidden />} onSelect={() => goTo('/audit-log')}>
          {accountMessages.auditLog}
        </Item>
      )}
      {SEPARATOR}
      <Item
        icon={<LogOut className={ICON} aria-hidden />}
        onSelect={() => endSession().catch((error) => toastError(accountMessages.logOutFailed, error))}
      >
        {accountMessages.logOut}
      </Item>
    </DropdownMenu.Content>
  );
}

/** Not modal, as every menu (see `Menu`). */
export function AccountMenu() {
  const session = useSession();
  const switchTo = useSwitch();
  const [creating, setCreating] = useState(false);
  if (!session) return null;
  const { user, org } = session;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          aria-label={accountMessages.accountOf(user.name, org.name)}
          className="-mr-1.5 flex min-h-10 min-w-0 items-center gap-2 rounded-lg px-1.5 text-sm transition-colors hover:bg-sunken data-[state=open]:bg-sunken"
        >
          <Initial name={user.name} />
          <span className="hidden max-w-36 truncate font-medium lg:block">{org.name}</span>
          <ChevronDown className="hidden size-4 shrink-0 text-ink-soft lg:block" aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <Content session={session} onCreate={() => setCreating(true)} />
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {creating && (
        <NameDialog
          title={accountMessages.newOrganisation}
          action={accountMessages.createOrganisation}
          hint={accountMessages.organisationHint}
          named={{ name: '' }}
          onSubmit={async (name) => {
            const created = await createOrganisation(name);
            setCreating(false);
            await switchTo(created);
          }}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  );
}
