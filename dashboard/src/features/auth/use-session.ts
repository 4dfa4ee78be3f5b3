import { useSyncExternalStore } from 'react';
import { sessionStore } from '@/api/session';
import type { Session } from '@/api/types';

export const useSessionState = () => useSyncExternalStore(sessionStore.subscribe, sessionStore.get);

/** For what is shown to somebody logged in only. */
export function useSession(): Session | null {
  const state = useSessionState();
  return state.status === 'authenticated' ? state.session : null;
}

/** A viewer is not offered what the server would refuse. */
export const useCanEdit = (): boolean => (useSession()?.org.role ?? 'viewer') !== 'viewer';
