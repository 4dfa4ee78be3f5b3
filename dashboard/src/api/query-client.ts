import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './problem';

const MAX_RETRIES = 2;

export const makeQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => failures < MAX_RETRIES && error instanceof ApiError && error.isTransient,
        // `navigator.onLine` may be wrong, and a paused query would look as if it loaded forever.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
