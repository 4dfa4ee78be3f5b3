import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { currentUser, followOtherTabs, restoreSession, sessionStore } from './api/session';
import { Toasts } from './components/toasts';
import { focusPage, keepFocus } from './lib/focus';
import { preloadPages } from './pages';
import type { makeRouter } from './router';

interface Props {
  client: QueryClient;
  router: ReturnType<typeof makeRouter>;
}

export function App({ client, router }: Props) {
  useEffect(() => {
    void restoreSession();
    const unfollow = followOtherTabs();
    let user = currentUser();
    const unsubscribe = sessionStore.subscribe(() => {
      const before = user;
      user = currentUser();
      // One user's data must not be shown to the next.
      if (before !== null && before !== user) client.clear();
      if (user !== null && user !== before) setTimeout(preloadPages, 1_000);
    });
    return () => {
      unfollow();
      unsubscribe();
    };
  }, [client]);
  useEffect(keepFocus, []);
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation && pathChanged) focusPage();
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
