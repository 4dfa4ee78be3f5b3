import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { restoreSession, sessionStore } from './api/session';
import { Toasts } from './components/toasts';
import { preloadPages } from './pages';
import type { makeRouter } from './router';

interface Props {
  client: QueryClient;
  router: ReturnType<typeof makeRouter>;
}

export function App({ client, router }: Props) {
  useEffect(() => {
    void restoreSession();
    // One user's data must not be shown to the next.
    return sessionStore.subscribe(() => {
      const { status } = sessionStore.get();
      if (status === 'anonymous') client.clear();
      if (status === 'authenticated') setTimeout(preloadPages, 1_000);
    });
  }, [client]);
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}
