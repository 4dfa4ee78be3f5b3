import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { currentPrincipal, followOtherTabs, restoreSession, sessionStore } from './api/session';
import { Toasts } from './components/toasts';
import { focusPage, keepFocus } from './lib/focus';
import { preloadPages } from './pages';
import type { makeRouter } from './router';

interface Props {
  client: QueryClient;
  router: ReturnType<typeof makeRouter>;
}

const OUTSIDE = ['/login', '/register'];

/** Goes from a page about one thing, which is not there in another organisation, to the monitors. */
function leaveResource(router: Props['router']): void {
  const { pathname } = router.latestLocation;
  if (OUTSIDE.includes(pathname)) return;
  const [, , resource] = pathname.split('/');
  // Nothing that had the focus is left.
  void router.navigate({ to: resource ? '/' : pathname, search: {}, replace: true }).then(focusPage);
}

export function App({ client, router }: Props) {
  useEffect(() => {
    void restoreSession();
    const unfollow = followOtherTabs();
    let principal = currentPrincipal();
    /** Who was logged in last, while nobody is. */
    let last = principal;
    const unsubscribe = sessionStore.subscribe(() => {
      const before = principal;
      principal = currentPrincipal();
      // Data of one user or organisation must not be shown in the next.
      if (before !== null && before !== principal) client.clear();
      if (principal === null || principal === before) return;
      setTimeout(preloadPages, 1_000);
      // What a page is about may not be there in another organisation.
      if (last !== null && last !== principal) {
        // Once its forms are gone, which would ask before their changes are lost.
        setTimeout(() => leaveResource(router));
      }
      last = principal;
    });
    return () => {
      unfollow();
      unsubscribe();
    };
  }, [client, router]);
  useEffect(keepFocus, []);
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        // One that opens with a dialog has the focus there.
        if (fromLocation && pathChanged && !document.querySelector('[role=dialog]')) focusPage();
      }),
    [router],
  );
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}
