import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { api, problem, server, session } from '../../test/server';
import { request } from './client';
import { restoreSession, sessionStore } from './session';

/** A server that accepts one access token and answers a refresh with it. */
function serveToken(valid: string) {
  const counts = { refresh: 0, accepted: 0, refused: 0 };
  server.use(
    http.post(api('/auth/refresh'), async () => {
      counts.refresh++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return HttpResponse.json(session(valid));
    }),
    http.get(api('/summary'), ({ request: { headers } }) => {
      if (headers.get('authorization') !== `Bearer ${valid}`) {
        counts.refused++;
        return problem(401, 'a valid credential is required');
      }
      counts.accepted++;
      return HttpResponse.json({ up: 1 });
    }),
  );
  return counts;
}

describe('request', () => {
  it('refreshes once for all requests that meet an old token, and repeats them', async () => {
    const counts = serveToken('new');
    sessionStore.signIn(session('old'));
    const answers = await Promise.all([1, 2, 3, 4].map(() => request('GET', '/summary')));
    expect(answers).toEqual([{ up: 1 }, { up: 1 }, { up: 1 }, { up: 1 }]);
    expect(counts).toEqual({ refresh: 1, accepted: 4, refused: 4 });
  });

  it('signs out when the cookie is no longer accepted', async () => {
    server.use(
      http.post(api('/auth/refresh'), () => problem(401, 'no session')),
      http.get(api('/summary'), () => problem(401, 'a valid credential is required')),
    );
    sessionStore.signIn(session('old'));
    await expect(request('GET', '/summary')).rejects.toMatchObject({ status: 401 });
    expect(sessionStore.get().status).toBe('anonymous');
  });

  it('does not loop when a fresh token is refused too', async () => {
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

  it('keeps what the problem says', async () => {
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
  it('takes a login from the cookie', async () => {
    serveToken('fresh');
    await restoreSession();
    expect(sessionStore.get()).toMatchObject({ status: 'authenticated', session: { access_token: 'fresh' } });
  });

  it('does not take a server that is away for a missing login', async () => {
    server.use(http.post(api('/auth/refresh'), () => HttpResponse.error()));
    await restoreSession();
    expect(sessionStore.get().status).toBe('unreachable');
  });
});
