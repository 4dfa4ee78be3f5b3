import { forgetDrafts } from '@/lib/drafts';
import { INVITATION_PAGE, LOGIN_PAGE, linkTokens } from '@/lib/link-token';
import { pause, reconnectDelay } from '@/lib/reconnect';
import { forgetUnsaved, hasUnsaved, keepUnsaved } from '@/lib/unsaved';
import { requestErrors } from '@/messages/common';
import type { Account, Credentials, Registration, SecondFactorLogin, Session } from './models';
import { ApiError, asApiError } from './problem';
import { listenToTabs, tellTabs } from './tabs';
import { bodyOf, newClient } from './transport';

/** Without an access token: a 401 is about the password or the cookie then. */
const client = newClient();

export type SessionState =
  | { status: 'unknown' }
  | { status: 'unreachable'; error: ApiError }
  /** Whether a session ended that this tab had, without a log-out. */
  | { status: 'anonymous'; hasEnded?: boolean }
  | { status: 'authenticated'; session: Session };

// The access token is kept in memory only: injected script must not find it in a storage.
let state: SessionState = { status: 'unknown' };
const listeners = new Set<() => void>();

function setState(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

function forgetInput(): void {
  forgetDrafts();
  forgetUnsaved();
}

export const sessionStore = {
  get: (): SessionState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  signIn(session: Session): void {
    if (state.status === 'anonymous' && !hasUnsaved(principalOf(session))) forgetInput();
    setState({ status: 'authenticated', session });
  },
  /** What was changed of the account: the token stays. */
  update(account: Account): void {
    const session = current();
    if (session?.user.id === account.user.id && session.org.id === account.org.id) {
      setState({ status: 'authenticated', session: { ...session, ...account } });
    }
  },
  signOut(): void {
    forgetInput();
    setState({ status: 'anonymous' });
  },
  reset: (): void => setState({ status: 'unknown' }),
};

const current = (): Session | null => (state.status === 'authenticated' ? state.session : null);

export const accessToken = (): string | null => current()?.access_token ?? null;

/** Whoever sees other monitors than before is somebody else. */
export const principalOf = ({ user, org }: Account): string =>
  `${user.id}:${org.id}:${JSON.stringify(org.only_tags ?? null)}`;

/** Whose session it is, and of which organisation: what was begun for one must not be finished for another. */
export function currentPrincipal(): string | null {
  const session = current();
  return session && principalOf(session);
}

/** Refreshing rotates the cookie, and reusing one ends the session. Tabs share the cookie, so they take turns. */
async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  // Browsers offer locks only over HTTPS and on localhost.
  return 'locks' in navigator ? await navigator.locks.request('uptime-session', work) : work();
}

const isUnauthorized = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

/** The cookie is not good any more, which all tabs share. */
function ended(): void {
  const owner = currentPrincipal();
  // Nobody has asked for it: whoever was filling in a form gets it back after signing in again.
  if (owner === null) forgetInput();
  else keepUnsaved(owner);
  setState({ status: 'anonymous', hasEnded: owner !== null });
  if (owner !== null) tellTabs({ user: null, org: null });
}

async function refresh(): Promise<Session | null> {
  try {
    const session = await bodyOf(client.POST('/auth/refresh'));
    const before = current();
    sessionStore.signIn(session);
    // Whoever was removed from an organisation goes on in another one.
    if (before && principalOf(before) !== principalOf(session)) tellOthers(session);
    return session;
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    ended();
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

function tellOthers({ user, org }: Account): void {
  tellTabs({ user: user.id, org: org.id });
}

function begin(session: Session): void {
  sessionStore.signIn(session);
  tellOthers(session);
}

/** Tries until the server answers, or until the returned function is called. */
export function keepRestoring(): () => void {
  const stop = new AbortController();
  void (async () => {
    for (let attempt = 0; ; attempt++) {
      await pause(reconnectDelay(attempt), stop.signal);
      if (stop.signal.aborted) return;
      await restoreSession();
    }
  })();
  return () => stop.abort();
}

/** Answers a challenge when a code is needed as well. */
export async function logIn(credentials: Credentials): Promise<string | null> {
  try {
    const session = await bodyOf(client.POST('/auth/login', { body: credentials }));
    // Used up, before a page asks for it again.
    if (credentials.invitation) linkTokens.forget(INVITATION_PAGE);
    begin(session);
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.challenge !== null) return error.challenge;
    if (!isUnauthorized(error)) throw error;
    throw new ApiError(401, asApiError(error).title, requestErrors.wrongPassword);
  }
}

/** The second step of logging in. */
export async function logInWithCode(second: SecondFactorLogin): Promise<void> {
  const session = await bodyOf(client.POST('/auth/login/second-factor', { body: second }));
  linkTokens.forget(LOGIN_PAGE);
  if (second.invitation) linkTokens.forget(INVITATION_PAGE);
  begin(session);
}

export async function register(account: Registration): Promise<void> {
  begin(await bodyOf(client.POST('/auth/register', { body: account })));
}

/** Goes on in another organisation of the same person. */
export async function switchOrganisation(org: number): Promise<void> {
  try {
    begin(await oneTabAtATime(() => bodyOf(client.POST('/auth/switch', { body: { org_id: org } }))));
  } catch (error) {
    if (isUnauthorized(error)) ended();
    throw error;
  }
}

/** After the server has ended the session. */
export function forgetSession(): void {
  sessionStore.signOut();
  tellTabs({ user: null, org: null });
}

export async function endSession(): Promise<void> {
  try {
    await oneTabAtATime(() => client.POST('/auth/logout'));
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
  }
  forgetSession();
}

/** Follows logins, logouts and switches of organisation in other tabs until the returned function is called. */
export function followOtherTabs(): () => void {
  return listenToTabs(({ user, org }) => {
    const session = current();
    if (user === (session?.user.id ?? null) && (user === null || org === session?.org.id)) return;
    // At once: nothing of the former account or organisation stays on screen while the new one is loaded.
    if (user === null) sessionStore.signOut();
    else {
      forgetInput();
      sessionStore.reset();
      void restoreSession();
    }
  });
}
