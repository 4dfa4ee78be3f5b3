import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { api, problem, server, session } from '../../test/server';
import { request } from './client';
import { restoreSession, sessionStore } from './session';

/** Accepts one access token, and returns it on a refresh. */
function serveToken(valid: string) {
  const counts = { refresh: 0, accepted: 0, rejected: 0 };
  server.use(
    http.post(api('/auth/refresh'), async () => {
      counts.refresh++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return HttpResponse.json(session(valid));
    }),
    http.get(api('/summary'), ({ request: { headers } }) => {
      if (headers.get('authorization') !== `Bearer ${valid}`) {
        counts.rejected++;
        return problem(401, 'a valid credential is required');
      }
      counts.accepted++;
      return HttpResponse.json({ up: 1 });
    }),
  );
  return counts;
}

describe('request', () => {
  it('refreshes once for concurrent requests with an expired token, and retries them', async () => {
    const counts = serveToken('new');
    sessionStore.signIn(session('old'));
    const responses = await Promise.all([1, 2, 3, 4].map(() => request('GET', '/summary')));
    expect(responses).toEqual([{ up: 1 }, { up: 1 }, { up: 1 }, { up: 1 }]);
    expect(counts).toEqual({ refresh: 1, accepted: 4, rejected: 4 });
  });

  it('logs out when the refresh is rejected', async () => {
    server.use(
      http.post(api('/auth/refresh'), () => problem(401, 'no session')),
      http.get(api('/summary'), () => problem(401, 'a valid credential is required')),
    );
    sessionStore.signIn(session('old'));
    await expect(request('GET', '/summary')).rejects.toMatchObject({ status: 401 });
    expect(sessionStore.get().status).toBe('anonymous');
  });

  it('does not loop when the new token is rejected too', async () => {
    let calls = 0;
    server.use(
      http.post(api('/auth/refresh'), () => HttpResponse.json(session('new'))),
      http.get(api('/summary'), () => {
        calls++;
        return problem(401, 'a valid credential is required');
      }),
    );
    sessionStore.signIn(session('old'));
    await expect(request('GET', '/summary')).rejects.toMatchObject({ status: 401 });
    expect(calls).toBe(2);
  });

  it('keeps the problem details', async () => {
    server.use(
      http.get(api('/summary'), () => problem(422, '1 field is invalid', [{ field: 'q', message: 'no' }])),
    );
    sessionStore.signIn(session('any'));
    await expect(request('GET', '/summary')).rejects.toMatchObject({
      status: 422,
      detail: '1 field is invalid',
      fields: [{ field: 'q', message: 'no' }],
      requestId: 'req-123',
    });
  });
});

describe('restoreSession', () => {
  it('restores a session from the cookie', async () => {
    serveToken('fresh');
    await restoreSession();
    expect(sessionStore.get()).toMatchObject({ status: 'authenticated', session: { access_token: 'fresh' } });
  });

  it('does not treat an unreachable server as logged out', async () => {
    server.use(http.post(api('/auth/refresh'), () => HttpResponse.error()));
    await restoreSession();
    expect(sessionStore.get().status).toBe('unreachable');
  });
});
