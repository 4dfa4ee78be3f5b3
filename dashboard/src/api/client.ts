import type { Middleware } from 'openapi-fetch';
import { accessToken, currentPrincipal, refreshSession } from './session';
import { newClient, send } from './transport';

function withToken(request: Request, token: string | null): Request {
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

interface Attempt {
  token: string | null;
  principal: string | null;
  /** The same request, for a retry: a body can be sent only once. */
  again: Request;
}

const SECOND_FACTOR_MISSING = 'urn:uptime-monitor:second-factor-missing';

/** Whether the organisation demands a second factor by now: the next session says so, and the pages go by it. */
async function isForSecondFactor(response: Response): Promise<boolean> {
  if (response.status !== 403) return false;
  const body: { type?: string } = await response
    .clone()
    .json()
    .catch(() => ({}));
  return body.type === SECOND_FACTOR_MISSING;
}

const attempts = new WeakMap<Request, Attempt>();

/** Sends the access token; on a 401, refreshes it and retries once. */
const authentication: Middleware = {
  onRequest({ request }) {
    const token = accessToken();
    attempts.set(request, { token, principal: currentPrincipal(), again: request.clone() });
    return withToken(request, token);
  },
  async onResponse({ request, response }) {
    const attempt = attempts.get(request);
    if (await isForSecondFactor(response)) void refreshSession().catch(() => {});
    if (response.status !== 401 || !attempt) return undefined;
    // Another request may have refreshed the token in the meantime.
    const current = accessToken();
    const token = current !== attempt.token ? current : (await refreshSession())?.access_token;
    // Another tab may have logged in somebody else, or to another organisation, for which this was not asked.
    return token && currentPrincipal() === attempt.principal
      ? send(withToken(attempt.again, token))
      : undefined;
  },
};

/** The API, for whoever is logged in. */
export const client = newClient();
client.use(authentication);
