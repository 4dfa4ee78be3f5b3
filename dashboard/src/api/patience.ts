import { ApiError } from './problem';

const MAX_TRIES = 3;
const MAX_WAIT_SECONDS = 60;
/** Where the server does not say how long to wait. */
const DEFAULT_WAIT_SECONDS = 2;

const waitOf = (error: unknown): number | null =>
  error instanceof ApiError && error.status === 429
    ? (error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS)
    : null;

/** Sends a request of many again that the server refused for there being too many, once it takes it. */
export async function withPatience<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      const seconds = waitOf(error);
      if (seconds === null || seconds > MAX_WAIT_SECONDS || tries === MAX_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
  }
}
