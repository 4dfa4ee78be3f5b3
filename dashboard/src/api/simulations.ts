import { ApiError } from './problem';

const MAX_RETRIES = 5;
const MAX_WAIT_SECONDS = 30;
const WAIT_SECONDS = 2;

/** Whether the server is busy with another simulation, and is free again soon. 503 may be one that takes too long. */
export const isBusy = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 429 &&
  (error.retryAfterSeconds ?? WAIT_SECONDS) <= MAX_WAIT_SECONDS;

/**
 * The options of a query of a simulation. An organisation has one at a time, so that it waits for its turn; and none is
 * run again because something else was loaded again.
 */
export const simulation = {
  staleTime: 'static',
  refetchOnWindowFocus: false,
  meta: { isSimulation: true },
  retry: (failures: number, error: Error) => failures < MAX_RETRIES && isBusy(error),
  retryDelay: (_: number, error: Error) =>
    1_000 * ((error instanceof ApiError ? error.retryAfterSeconds : null) ?? WAIT_SECONDS),
} as const;
