import { type ApiError, asApiError, problemOf, unreachable } from './problem';
import type { Session } from './types';

export const API_BASE = '/api/v1';

export type SessionState =
  | { status: 'unknown' }
  | { status: 'unreachable'; error: ApiError }
  | { status: 'anonymous' }
  | { status: 'authenticated'; session: Session };

// The access token is kept in memory only: injected script must not find it in a storage.
let state: SessionState = { status: 'unknown' };
const listeners = new Set<() => void>();

function setState(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

export const sessionStore = {
  get: (): SessionState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  signIn: (session: Session): void => setState({ status: 'authenticated', session }),
  signOut: (): void => setState({ status: 'anonymous' }),
  reset: (): void => setState({ status: 'unknown' }),
};

export function accessToken(): string | null {
  return state.status === 'authenticated' ? state.session.access_token : null;
}

/** `fetch` relative to the API's base; a network failure becomes an `ApiError` too. */
export async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(API_BASE + path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unreachable();
  }
}

/** Refreshing rotates the cookie, and reusing one ends the session. Tabs share the cookie, so they take turns. */
async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  // Browsers offer locks only over HTTPS and on localhost.
  return 'locks' in navigator ? await navigator.locks.request('uptime-session', work) : work();
}

async function refresh(): Promise<Session | null> {
  const response = await send('/auth/refresh', { method: 'POST' });
  if (response.status === 401) {
    sessionStore.signOut();
    return null;
  }
  if (!response.ok) throw await problemOf(response);
  const session: Session = await response.json();
  sessionStore.signIn(session);
  return session;
}

let pendingRefresh: Promise<Session | null> | null = null;

/** Gets a new access token with the cookie; null when logged out. Concurrent callers share one request. */
export function refreshSession(): Promise<Session | null> {
  pendingRefresh ??= oneTabAtATime(refresh).finally(() => {
    pendingRefresh = null;
  });
  return pendingRefresh;
}

/** Restores the session at page load, if there is one. */
export async function restoreSession(): Promise<void> {
  try {
    await refreshSession();
  } catch (error) {
    setState({ status: 'unreachable', error: asApiError(error) });
  }
}

export async function endSession(): Promise<void> {
  const response = await oneTabAtATime(() => send('/auth/logout', { method: 'POST' }));
  if (!response.ok && response.status !== 401) throw await problemOf(response);
  sessionStore.signOut();
}
