import { useSyncExternalStore } from 'react';
import { can, type Permission } from './access';
import type { Role, Session } from './models';
import { sessionStore } from './session';

export const useSessionState = () => useSyncExternalStore(sessionStore.subscribe, sessionStore.get);

/** For components that are only rendered when logged in. */
export function useSession(): Session | null {
  const state = useSessionState();
  return state.status === 'authenticated' ? state.session : null;
}

/** In the active organisation. */
export const useRole = (): Role => useSession()?.org.role ?? 'viewer';

/** Whether only monitors with some tags are seen. */
export const useIsNarrowed = (): boolean => (useSession()?.org.only_tags ?? null) !== null;

/** Whether the server would accept it. */
export const useCan = (permission: Permission): boolean => can(useRole(), permission, useIsNarrowed());
