import { problemOf } from './problem';
import { accessToken, refreshSession, send } from './session';

type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
  body?: unknown;
  query?: Query;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '');
  const params = new URLSearchParams(given.map(([key, value]) => [key, String(value)]));
  return params.size > 0 ? `${path}?${params}` : path;
}

/** Sends the access token; on a 401, refreshes it and retries once. */
export async function authorizedFetch(path: string, init: RequestInit): Promise<Response> {
  const attempt = (token: string | null) => {
    const headers = new Headers(init.headers);
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return send(path, { ...init, headers });
  };
  const token = accessToken();
  const response = await attempt(token);
  if (response.status !== 401) return response;
  // Another request may have refreshed the token in the meantime.
  const current = accessToken();
  const refreshed = current !== token ? current : ((await refreshSession())?.access_token ?? null);
  return refreshed ? attempt(refreshed) : response;
}

function jsonInit(method: string, { body, headers, signal }: Options): RequestInit {
  const init: RequestInit = { method, headers: { Accept: 'application/json', ...headers } };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
  }
  return init;
}

async function parseResponse<T>(response: Response): Promise<T> {
  if (!response.ok) throw await problemOf(response);
  const isEmpty = response.status === 204 || response.status === 202;
  return (isEmpty ? undefined : await response.json()) as T;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  return parseResponse(await authorizedFetch(withQuery(path, options.query), jsonInit(method, options)));
}

/** For logging in and registering, where a 401 is about the password and not the access token. */
export async function requestWithoutToken<T>(method: string, path: string, body: unknown): Promise<T> {
  return parseResponse(await send(path, jsonInit(method, { body })));
}
