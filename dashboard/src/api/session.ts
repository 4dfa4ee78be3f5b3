import type { Credentials, Registration, Session } from './models';
import { ApiError, asApiError } from './problem';
import { bodyOf, newClient } from './transport';

/** Without an access token: a 401 is about the password or the cookie then. */
const client = newClient();

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

/** Refreshing rotates the cookie, and reusing one ends the session. Tabs share the cookie, so they take turns. */
async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  // Browsers offer locks only over HTTPS and on localhost.
  return 'locks' in navigator ? await navigator.locks.request('uptime-session', work) : work();
}

const isUnauthorized = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

async function refresh(): Promise<Session | null> {
  try {
    const session = await bodyOf(client.POST('/auth/refresh'));
    sessionStore.signIn(session);
    return session;
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    sessionStore.signOut();
    return null;
  }
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

export async function logIn(credentials: Credentials): Promise<void> {
  sessionStore.signIn(await bodyOf(client.POST('/auth/login', { body: credentials })));
}

export async function register(account: Registration): Promise<void> {
  sessionStore.signIn(await bodyOf(client.POST('/auth/register', { body: account })));
}

export async function endSession(): Promise<void> {
  try {
    await oneTabAtATime(() => client.POST('/auth/logout'));
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
  }
  sessionStore.signOut();
}
