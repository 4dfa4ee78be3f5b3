import { QueryClient } from '@tanstack/react-query';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { http, monitor, page, problem, server, session, summary } from '../../test/server';
import { organisationChannels, resendDelivery } from './channels';
import { client } from './client';
import { monitorListQuery, updateMonitor } from './monitors';
import { restoreSession, sessionStore } from './session';

/** Accepts one access token, and returns it on a refresh. */
function serveToken(valid: string) {
  const counts = { refresh: 0, accepted: 0, rejected: 0 };
  server.use(
    http.post('/auth/refresh', async () => {
      counts.refresh++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return HttpResponse.json(session(valid));
    }),
    http.get('/summary', ({ request }) => {
      if (request.headers.get('authorization') !== `Bearer ${valid}`) {
        counts.rejected++;
        return problem(401, 'a valid credential is required');
      }
      counts.accepted++;
      return HttpResponse.json(summary({ up: 1 }));
    }),
  );
  return counts;
}

describe('client', () => {
  it('refreshes once for concurrent requests with an expired token, and retries them', async () => {
    const counts = serveToken('new');
    sessionStore.signIn(session('old'));
    const responses = await Promise.all([1, 2, 3, 4].map(() => client.GET('/summary')));
    expect(responses.map(({ data }) => data?.up)).toEqual([1, 1, 1, 1]);
    expect(counts).toEqual({ refresh: 1, accepted: 4, rejected: 4 });
  });

  it('logs out when the refresh is rejected', async () => {
    server.use(
      http.post('/auth/refresh', () => problem(401, 'no session')),
      http.get('/summary', () => problem(401, 'a valid credential is required')),
    );
    sessionStore.signIn(session('old'));
    await expect(client.GET('/summary')).rejects.toMatchObject({ status: 401 });
    expect(sessionStore.get().status).toBe('anonymous');
  });

  it('does not repeat a request for another user, whom another tab has logged in', async () => {
    let calls = 0;
    server.use(
      http.post('/auth/refresh', () =>
        HttpResponse.json({ ...session('new'), user: { ...session('new').user, id: 2 } }),
      ),
      http.get('/summary', () => {
        calls++;
        return problem(401, 'a valid credential is required');
      }),
    );
    sessionStore.signIn(session('old'));
    await expect(client.GET('/summary')).rejects.toMatchObject({ status: 401 });
    expect(calls).toBe(1);
  });

  it('does not loop when the new token is rejected too', async () => {
    let calls = 0;
    server.use(
      http.post('/auth/refresh', () => HttpResponse.json(session('new'))),
      http.get('/summary', () => {
        calls++;
        return problem(401, 'a valid credential is required');
      }),
    );
    sessionStore.signIn(session('old'));
    await expect(client.GET('/summary')).rejects.toMatchObject({ status: 401 });
    expect(calls).toBe(2);
  });

  it('sends the body and the headers again after a refresh', async () => {
    const sent: unknown[] = [];
    server.use(
      http.post('/auth/refresh', () => HttpResponse.json(session('new'))),
      http.patch('/monitors/{id}', async ({ request, params }) => {
        const { headers } = request;
        sent.push([params.id, headers.get('if-match'), headers.get('authorization'), await request.json()]);
        return sent.length === 1 ? problem(401, 'expired') : HttpResponse.json(monitor());
      }),
    );
    sessionStore.signIn(session('old'));
    await updateMonitor(monitor(), { name: 'x' });
    expect(sent).toEqual([
      ['42', '"3"', 'Bearer old', { name: 'x' }],
      ['42', '"3"', 'Bearer new', { name: 'x' }],
    ]);
  });

  it('reports an unreachable server, but not an aborted request', async () => {
    server.use(http.get('/summary', () => HttpResponse.error()));
    sessionStore.signIn(session('any'));
    await expect(client.GET('/summary')).rejects.toMatchObject({ name: 'ApiError', status: 0 });
    const signal = AbortSignal.abort();
    await expect(client.GET('/summary', { signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('leaves out blank filters', async () => {
    let query = '';
    server.use(
      http.get('/monitors', ({ request }) => {
        query = new URL(request.url).search;
        return HttpResponse.json(page([]));
      }),
    );
    sessionStore.signIn(session('any'));
    await new QueryClient().fetchInfiniteQuery(monitorListQuery({ q: '', state: 'down', kind: '', tag: '' }));
    expect(query).toBe('?state=down&limit=1000');
  });

  it('accepts an empty response', async () => {
    server.use(
      http.post('/channels/{id}/deliveries/{delivery}/resend', ({ response }) => response(202).empty()),
      http.delete('/channels/{id}', ({ response }) => response(204).empty()),
    );
    sessionStore.signIn(session('any'));
    await resendDelivery(5, '8f0c1c1e-0000-4000-8000-000000000000');
    await organisationChannels.remove(5);
  });

  it('says when a transient error may be retried', async () => {
    server.use(
      http.get('/summary', ({ response }) =>
        response.untyped(new HttpResponse('busy', { status: 503, headers: { 'Retry-After': '7' } })),
      ),
    );
    sessionStore.signIn(session('any'));
    await expect(client.GET('/summary')).rejects.toMatchObject({ status: 503, retryAfterSeconds: 7 });
  });

  it('keeps the problem details', async () => {
    server.use(
      http.get('/summary', () => problem(422, '1 field is invalid', [{ field: 'q', message: 'no' }])),
    );
    sessionStore.signIn(session('any'));
    await expect(client.GET('/summary')).rejects.toMatchObject({
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
    server.use(http.post('/auth/refresh', () => HttpResponse.error()));
    await restoreSession();
    expect(sessionStore.get().status).toBe('unreachable');
  });
});
