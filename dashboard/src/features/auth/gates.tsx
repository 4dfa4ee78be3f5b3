import { Outlet, useRouter } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { restoreSession } from '@/api/session';
import { Brand } from '@/components/brand';
import { Button } from '@/components/button';
import { ErrorNotice } from '@/components/notice';
import { isLocalPath } from '@/lib/local-path';
import { useSessionState } from './use-session';

function Splash({ children }: { children?: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col items-center justify-center gap-6 px-5">
      <Brand />
      {children ?? (
        <p role="status" className="sr-only">
          Loading
        </p>
      )}
    </main>
  );
}

/** Shows `children` once it is known whether there is a login. */
export function SessionGate({ children }: { children: ReactNode }) {
  const state = useSessionState();
  if (state.status === 'unknown') return <Splash />;
  if (state.status !== 'unreachable') return children;
  return (
    <Splash>
      <ErrorNotice error={state.error}>
        <Button className="mt-3" onClick={restoreSession}>
          Retry
        </Button>
      </ErrorNotice>
    </Splash>
  );
}

/** Reads the address once: it changes while the login page is being loaded. (So does `ToNext`.) */
function ToLogin() {
  const router = useRouter();
  useEffect(() => {
    const { pathname, href } = router.latestLocation;
    if (pathname === '/login') return;
    void router.navigate({ to: '/login', search: href === '/' ? {} : { next: href }, replace: true });
  }, [router]);
  return null;
}

export function OnlyLoggedIn({ children }: { children: ReactNode }) {
  return useSessionState().status === 'authenticated' ? children : <ToLogin />;
}

/** After the login, back to where somebody wanted to go: a path of this site, never another site. */
function ToNext() {
  const router = useRouter();
  useEffect(() => {
    const { pathname, search } = router.latestLocation;
    if (pathname !== '/login' && pathname !== '/register') return;
    // Not validated by the route yet.
    router.history.replace(isLocalPath(search.next) ? search.next : '/');
  }, [router]);
  return null;
}

export function OnlyLoggedOut() {
  return useSessionState().status === 'authenticated' ? <ToNext /> : <Outlet />;
}
