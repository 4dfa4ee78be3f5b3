import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/api/problem';

const MOST_RETRIES = 2;

export const makeQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // A refusal stays one; only what may pass by itself is tried again.
        retry: (failures, error) => failures < MOST_RETRIES && error instanceof ApiError && error.isTransient,
        // `navigator.onLine` may be wrong, and a paused query would look like one that loads for ever.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
