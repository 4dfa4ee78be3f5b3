import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Permission } from '@/api/access';
import { useCan, useIsNarrowed, useSession } from '@/api/use-session';
import { roleMessages, whoMay } from '@/messages/roles';
import { EmptyState } from './empty-state';

/** Renders `children` for those who have the permission, and says to the others who has. */
export function RequirePermission({ permission, children }: { permission: Permission; children: ReactNode }) {
  const allowed = useCan(permission);
  const org = useSession()?.org;
  const isNarrowed = useIsNarrowed();
  if (allowed || !org) return children;
  return (
    <EmptyState icon={Lock} title={isNarrowed ? roleMessages.notNarrowed : roleMessages.notAllowed}>
      {isNarrowed ? roleMessages.narrowed : `${whoMay(permission)} ${roleMessages.ask(org.role, org.name)}`}
    </EmptyState>
  );
}

/** Why something is not possible; null for those who can. */
export function useWhyNot(permission: Permission): string | null {
  const isNarrowed = useIsNarrowed();
  if (useCan(permission)) return null;
  return isNarrowed ? roleMessages.narrowed : whoMay(permission);
}

/** Says below a list why there is nothing to change. Renders nothing for those who can. */
export function PermissionNote({ permission }: { permission: Permission }) {
  const why = useWhyNot(permission);
  if (why === null) return null;
  return (
    <p className="mt-4 flex items-center gap-2 text-ink-soft text-xs">
      <Lock className="size-3.5 shrink-0" aria-hidden />
      {why}
    </p>
  );
}
