import { Outlet, useRouter } from '@tanstack/react-router';
import { Fragment, type ReactNode, useEffect } from 'react';
import { keepRestoring, principalOf, restoreSession } from '@/api/session';
import { useSessionState } from '@/api/use-session';
import { Brand } from '@/components/brand';
import { Button } from '@/components/button';
import { ErrorNotice } from '@/components/notice';
import { INVITATION_PAGE, linkTokens } from '@/lib/link-token';
import { isLocalPath } from '@/lib/local-path';
import { common } from '@/messages/common';
import { authMessages } from './messages';
import { SecondFactorGate } from './second-factor-gate';

function Splash({ children }: { children?: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col items-center justify-center gap-6 px-5">
      <Brand />
      {children ?? (
        <p role="status" className="sr-only">
          {common.loading}
        </p>
      )}
    </main>
  );
}

/** Renders `children` once the session is restored, or known to be absent. */
export function SessionGate({ children }: { children: ReactNode }) {
  const state = useSessionState();
  const isUnreachable = state.status === 'unreachable';
  useEffect(() => (isUnreachable ? keepRestoring() : undefined), [isUnreachable]);
  if (state.status === 'unknown') return <Splash />;
  if (state.status !== 'unreachable') return children;
  return (
    <Splash>
      <ErrorNotice error={state.error}>
        <p className="mt-1 text-ink-soft">{authMessages.reconnecting}</p>
        <Button className="mt-3" onClick={restoreSession}>
          {common.retry}
        </Button>
      </ErrorNotice>
    </Splash>
  );
}

/** Reads the location once: it changes while the login page loads. (So does `RedirectToNext`.) */
function RedirectToLogin() {
  const router = useRouter();
  useEffect(() => {
    const { pathname, href } = router.latestLocation;
    if (pathname === '/login') return;
    void router.navigate({ to: '/login', search: href === '/' ? {} : { next: href }, replace: true });
  }, [router]);
  return null;
}

export function RequireLoggedIn({ children }: { children: ReactNode }) {
  const state = useSessionState();
  if (state.status !== 'authenticated') return <RedirectToLogin />;
  // Nothing of the pages of one user or organisation is left for the next.
  return (
    <Fragment key={principalOf(state.session)}>
      <SecondFactorGate>{children}</SecondFactorGate>
    </Fragment>
  );
}

/** After login, to the requested page, but never to another site. */
function RedirectToNext() {
  const router = useRouter();
  useEffect(() => {
    const { pathname, search } = router.latestLocation;
    if (pathname !== '/login' && pathname !== '/register') return;
    // Not validated by the route yet.
    const next = isLocalPath(search.next) ? search.next : '/';
    // The invitation was accepted by logging in.
    const isUsedUp = next === INVITATION_PAGE && linkTokens.get(INVITATION_PAGE) === null;
    router.history.replace(isUsedUp ? '/' : next);
  }, [router]);
  return null;
}

export function RequireLoggedOut() {
  return useSessionState().status === 'authenticated' ? <RedirectToNext /> : <Outlet />;
}
