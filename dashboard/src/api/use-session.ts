import { useSyncExternalStore } from 'react';
import type { Session } from './models';
import { sessionStore } from './session';

export const useSessionState = () => useSyncExternalStore(sessionStore.subscribe, sessionStore.get);

/** For components that are only rendered when logged in. */
export function useSession(): Session | null {
  const state = useSessionState();
  return state.status === 'authenticated' ? state.session : null;
}

/** False for viewers, whose changes the server would reject. */
export const useCanEdit = (): boolean => (useSession()?.org.role ?? 'viewer') !== 'viewer';
