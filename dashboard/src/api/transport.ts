import createClient, { type ClientOptions } from 'openapi-fetch';
import { problems, unreachable } from './problem';
import type { paths } from './schema';

/** `fetch`; a network failure becomes an `ApiError` too. */
export async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw unreachable();
  }
}

const OPTIONS: ClientOptions = {
  // Absolute, because a `Request` outside a browser needs it.
  baseUrl: new URL('/api/v1', window.location.origin).href,
  headers: { Accept: 'application/json' },
  fetch: send,
};

/** A client whose error responses are thrown as an `ApiError`. */
export function newClient() {
  const client = createClient<paths>(OPTIONS);
  client.use(problems);
  return client;
}

/** The header with which a change is refused (412) when somebody else has changed the thing since this version. */
export const ifMatch = (version: string | number) => ({ 'If-Match': `"${version}"` });

/** The body of a response that has one. */
export async function bodyOf<T>(sent: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data, response } = await sent;
  if (data === undefined) throw new Error(`empty response with status ${response.status}`);
  return data;
}
