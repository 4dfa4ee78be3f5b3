import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { restoreSession, sessionStore } from './api/session';
import { Toasts } from './components/toasts';
import type { makeRouter } from './router';

interface Props {
  client: QueryClient;
  router: ReturnType<typeof makeRouter>;
}

export function App({ client, router }: Props) {
  useEffect(() => {
    void restoreSession();
    // What belongs to one login must not be shown to the next one.
    return sessionStore.subscribe(() => {
      if (sessionStore.get().status === 'anonymous') client.clear();
    });
  }, [client]);
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}
