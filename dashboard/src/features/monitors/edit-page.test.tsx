import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import {
  http,
  monitor,
  onDemandCheck,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
} from '../../../test/server';

function serveMonitorPage() {
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/uptime', () => problem(503, 'history is not available')),
  );
}

it('shows server errors at their fields', async () => {
  serveQuietAccount();
  server.use(
    http.post('/monitors', () =>
      problem(422, '3 fields are not valid', [
        { field: 'url', message: 'must be a public address' },
        { field: 'http.expected_status.0', message: 'must be codes' },
        { field: 'region', message: 'is unknown' },
      ]),
    ),
  );
  const { user } = renderAt('/monitors/new');
  await user.type(await screen.findByLabelText('URL'), 'https://10.0.0.1/');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));

  const url = screen.getByLabelText('URL');
  await waitFor(() => expect(url.getAttribute('aria-invalid')).toBe('true'));
  const [described = ''] = (url.getAttribute('aria-describedby') ?? '').split(' ');
  expect(document.getElementById(described)?.textContent).toBe('must be a public address');
  expect(document.activeElement).toBe(url);
  expect(screen.getByText('must be codes').closest('details')?.open).toBe(true);
  expect(screen.getByRole('alert').textContent).toContain('region is unknown');
  expect(screen.getByRole('alert').textContent).not.toContain('req-123');
});

it('sends nothing while a check would not fit the interval', async () => {
  serveQuietAccount();
  const { user } = renderAt('/monitors/new');
  await user.type(await screen.findByLabelText('URL'), 'https://example.org/');
  await user.clear(screen.getByLabelText('Interval'));
  await user.type(screen.getByLabelText('Interval'), '10');
  await user.type(screen.getByLabelText('Timeout'), '9000');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  // A request would fail the test: no handler answers POST /monitors.
  expect(await screen.findByText(/a check can take up to 19.25 s/)).toBeTruthy();
});

it('sends untouched defaults, and leaves a blank name and timeout to the server', async () => {
  serveQuietAccount();
  serveMonitorPage();
  let sent: unknown;
  server.use(
    http.post('/monitors', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(monitor(), { status: 201 });
    }),
  );
  const { user } = renderAt('/monitors/new');
  await user.type(await screen.findByLabelText('URL'), 'https://example.org/');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  expect(await screen.findByRole('heading', { name: 'Example' })).toBeTruthy();
  expect(sent).toEqual({
    kind: 'http',
    url: 'https://example.org/',
    interval_seconds: 60,
    retries: 1,
    retry_delay_ms: 1_000,
    down_after: 1,
    up_after: 1,
    slow_ms: null,
    http: { method: 'GET', expected_status: [[200, 399]] },
  });
});

it('shows the fields of the selected type, and server errors at them', async () => {
  serveQuietAccount();
  let sent: unknown;
  server.use(
    http.post('/monitors', async ({ request }) => {
      sent = await request.json();
      return problem(422, '2 fields are not valid', [
        { field: 'tcp.expect', message: 'must have 1 to 1024 bytes' },
        { field: 'tcp.send', message: 'must be something else' },
      ]);
    }),
  );
  const { user } = renderAt('/monitors/new');
  await user.click(await screen.findByRole('radio', { name: 'TCP' }));
  expect(screen.queryByLabelText('URL')).toBeNull();
  expect(screen.queryByLabelText('Method')).toBeNull();
  await user.type(screen.getByLabelText('Host and port'), 'db.example.org');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  expect(await screen.findByText(/Must include a port/)).toBeTruthy();
  expect(sent).toBeUndefined();

  await user.type(screen.getByLabelText('Host and port'), ':5432');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  expect((await screen.findByText('must have 1 to 1024 bytes')).closest('details')?.open).toBe(true);
  expect(screen.getByText('must be something else')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
  expect(sent).toMatchObject({ kind: 'tcp', url: 'tcp://db.example.org:5432', tcp: {} });
  expect(sent).not.toHaveProperty('http');
});

it('keeps an untouched secret, and shows header errors at the headers', async () => {
  const secret = monitor({
    http: {
      method: 'GET',
      expected_status: [[200, 399]],
      headers: { 'X-Api-Key': '***' },
      auth: { type: 'bearer', token: '***' },
    },
  });
  serveQuietAccount([secret]);
  let sent: unknown;
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(secret)),
    http.post('/monitors/preview', () =>
      problem(422, '1 field is not valid', [
        { field: 'http.headers.X-Api-Key', message: 'must be sent anew' },
      ]),
    ),
    http.patch('/monitors/{id}', async ({ request }) => {
      sent = await request.json();
      return problem(422, '2 fields are not valid', [
        { field: 'http.headers.0.name', message: 'must be a name' },
        { field: 'http.auth', message: 'must be something else' },
      ]);
    }),
  );
  const { user } = renderAt('/monitors/42/edit');
  await user.type(await screen.findByLabelText('Headers'), '\nAccept: text/html');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('must be a name')).toBeTruthy();
  expect(screen.getByText('must be something else')).toBeTruthy();
  expect(sent).toEqual({ http: { headers: { 'X-Api-Key': '***', Accept: 'text/html' } } });

  await user.click(screen.getByRole('button', { name: 'Preview' }));
  expect(await screen.findByText('must be sent anew')).toBeTruthy();
  expect(screen.getByText(/cannot use saved secrets/)).toBeTruthy();

  expect(screen.queryByText(/not sent to another scheme, host or port/)).toBeNull();
  await user.clear(screen.getByLabelText('URL'));
  await user.type(screen.getByLabelText('URL'), 'https://elsewhere.example/');
  expect(screen.getAllByText(/not sent to another scheme, host or port/)).toHaveLength(2);
});

it('saves only changed fields of the loaded version, and of the latest one after a conflict', async () => {
  serveQuietAccount([monitor()]);
  serveMonitorPage();
  const sent: unknown[] = [];
  server.use(
    http.patch('/monitors/{id}', async ({ request }) => {
      sent.push([request.headers.get('if-match'), await request.json()]);
      return sent.length === 1
        ? problem(412, 'it was changed by somebody else in the meantime')
        : HttpResponse.json(monitor({ version: 5 }));
    }),
  );
  const { user } = renderAt('/monitors/42/edit');
  await user.type(await screen.findByLabelText('Name'), '!');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect((await screen.findByRole('alert')).textContent).toContain('Somebody else has changed this');
  const latest = monitor({ version: 4, name: 'Renamed', interval_seconds: 300 });
  server.use(http.get('/monitors/{id}', () => HttpResponse.json(latest)));
  await user.click(screen.getByRole('button', { name: 'Load the latest version' }));
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  expect(screen.getByLabelText('Name')).toHaveProperty('value', 'Example!');
  expect(screen.getByLabelText('Interval')).toHaveProperty('value', '300');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example saved');
  expect(sent).toEqual([
    ['"3"', { name: 'Example!' }],
    ['"4"', { name: 'Example!' }],
  ]);
});

it('previews unsaved settings, and shows server errors at their fields', async () => {
  serveQuietAccount();
  const sent: unknown[] = [];
  server.use(
    http.post(
      '/monitors/preview',
      () => problem(422, '1 field is not valid', [{ field: 'url', message: 'must be a public address' }]),
      { once: true },
    ),
    http.post('/monitors/preview', async ({ request }) => {
      sent.push(await request.json());
      const check = onDemandCheck({
        up: false,
        status_code: 500,
        attempts: 2,
        error: 'Unexpected status 500 (expected 200–399)',
        error_code: 'status_mismatch',
        timings_us: { dns: 900, first_byte: 32_000 },
      });
      return HttpResponse.json(check);
    }),
  );
  const { user } = renderAt('/monitors/new');
  await user.click(await screen.findByRole('button', { name: 'Preview' }));
  expect(await screen.findByText('Required')).toBeTruthy();
  await user.type(screen.getByLabelText('URL'), 'https://example.org/');
  await user.click(screen.getByRole('button', { name: 'Preview' }));
  expect(await screen.findByText('must be a public address')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Preview' }));
  const outcome = within(await screen.findByRole('region', { name: 'Preview' }));
  expect(outcome.getByText('Down · 34 ms · HTTP 500 · 2 attempts')).toBeTruthy();
  expect(outcome.getByText('Unexpected status 500 (expected 200–399)')).toBeTruthy();
  expect(outcome.getByText('First byte')).toBeTruthy();
  expect(sent[0]).toMatchObject({ kind: 'http', url: 'https://example.org/' });
});

it('begins in the URL, takes one without a scheme, and saves on Enter', async () => {
  serveQuietAccount();
  serveMonitorPage();
  let sent: unknown;
  server.use(
    http.post('/monitors', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(monitor(), { status: 201 });
    }),
  );
  const { user } = renderAt('/');
  const [add] = await screen.findAllByRole('link', { name: /^Add/ });
  if (add) await user.click(add);
  const url = await screen.findByLabelText('URL');
  await waitFor(() => expect(document.activeElement).toBe(url));
  await user.keyboard('example.org{Enter}');
  expect(await screen.findByRole('heading', { name: 'Example' })).toBeTruthy();
  expect(sent).toMatchObject({ kind: 'http', url: 'https://example.org' });
});

it('resets a name and a timeout that were cleared to their defaults', async () => {
  serveQuietAccount();
  serveMonitorPage();
  let sent: unknown;
  server.use(
    http.patch('/monitors/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(monitor({ name: 'example.org' }));
    }),
  );
  const { user } = renderAt('/monitors/42/edit');
  await user.clear(await screen.findByLabelText('Name'));
  await user.clear(screen.getByLabelText('Timeout'));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('example.org saved');
  expect(sent).toEqual({ name: null, timeout_ms: null });
});

it('asks before a navigation loses changes', async () => {
  serveQuietAccount();
  const { user } = renderAt('/monitors/new');
  await user.type(await screen.findByLabelText('URL'), 'https://example.org/');
  await user.click(screen.getByRole('link', { name: 'Maintenance' }));
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Discard changes?' }));
  await user.click(dialog.getByRole('button', { name: 'Keep editing' }));
  expect(screen.getByLabelText('URL')).toHaveProperty('value', 'https://example.org/');
  await user.click(screen.getByRole('link', { name: 'Cancel' }));
  await user.click(await screen.findByRole('button', { name: 'Discard' }));
  expect(await screen.findByRole('heading', { name: 'Monitors' })).toBeTruthy();
});

/** Fills in a new monitor, and finds the session ended while saving. */
async function loseSession() {
  serveQuietAccount();
  const { user } = renderAt('/monitors/new');
  await user.type(await screen.findByLabelText('URL'), 'https://example.org/typed');
  server.use(
    http.post('/monitors', () => problem(401, 'a valid credential is required')),
    http.post('/auth/refresh', () => problem(401, 'a valid credential is required')),
  );
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  return user;
}

async function logIn(user: Awaited<ReturnType<typeof loseSession>>, id: number) {
  const again = session('again');
  server.use(
    http.post('/auth/login', () => HttpResponse.json({ ...again, user: { ...again.user, id } })),
    http.post('/auth/refresh', () => HttpResponse.json({ ...again, user: { ...again.user, id } })),
  );
  await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery staple');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
}

it('offers what was filled in when the session ended, after signing in again', async () => {
  const user = await loseSession();
  await logIn(user, 1);
  await user.click(await screen.findByRole('button', { name: 'Restore' }));
  expect(screen.getByLabelText<HTMLInputElement>('URL').value).toBe('https://example.org/typed');
  expect(screen.queryByRole('button', { name: 'Restore' })).toBeNull();
});

it('does not offer it to somebody else', async () => {
  const user = await loseSession();
  await logIn(user, 2);
  const [link] = await screen.findAllByRole('link', { name: 'Add monitor' });
  if (link) await user.click(link);
  const url = await screen.findByLabelText<HTMLInputElement>('URL');
  expect(url.value).toBe('');
  expect(screen.queryByRole('button', { name: 'Restore' })).toBeNull();
});
