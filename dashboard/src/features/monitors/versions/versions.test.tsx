import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { MonitorVersion, MonitorVersionDetail, Role } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server, session } from '../../../../test/server';
import { difference, version, versionDetail } from '../../../../test/versions';

const CURRENT = version({ version: 3, from: '2025-11-20T13:00:00.000Z', until: null });
const FIRST = version({ version: 1, changes: [], author: null });

function serveVersions(versions: MonitorVersion[], role: Role = 'owner'): void {
  serveQuietAccount([monitor()], role);
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/versions', () => HttpResponse.json(page(versions))),
  );
}

/** Of a monitor with three versions; returns what they were compared with. */
function serveVersion(detail: MonitorVersionDetail = versionDetail(), role: Role = 'owner') {
  serveVersions([CURRENT, version(), FIRST], role);
  const against: (string | null)[] = [];
  server.use(
    http.get('/monitors/{id}/versions/{version}', ({ request }) => {
      against.push(new URL(request.url).searchParams.get('against'));
      return HttpResponse.json(detail);
    }),
  );
  return against;
}

/** Whoever has logged in sees what has one tag. */
function serveNarrowed(): void {
  const narrowed = session('token', 'editor');
  const answer = { ...narrowed, org: { ...narrowed.org, only_tags: ['shop'] } };
  server.use(http.post('/auth/refresh', () => HttpResponse.json(answer)));
}

const rowsIn = async (name: string) =>
  within(await screen.findByRole('list', { name })).getAllByRole('listitem');

it('is found from the page of the monitor, also by viewers', async () => {
  serveVersions([FIRST], 'viewer');
  server.use(
    http.get('/monitors/{id}/uptime', () => {
      const none = { ratio: null, downtime_seconds: 0, incidents: 0, coverage: 0 };
      return HttpResponse.json({ '24h': none, '7d': none, '30d': none, '90d': none, '365d': none });
    }),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('link', { name: 'History of changes' }));
  expect(await screen.findByRole('heading', { name: 'History of changes' })).toBeTruthy();
});

it('lists the versions with who changed what, and marks the one that holds', async () => {
  const byKey = version({
    version: 4,
    until: null,
    author: { kind: 'api_key', name: 'Deployment' },
    changes: ['http', 'severity'],
    restored: 1,
  });
  serveVersions([byKey, version({ changes: ['interval_seconds', 'down_after'] }), FIRST]);
  renderAt('/monitors/42/history');
  const [current, second, first] = await rowsIn('Versions');
  expect(current?.textContent).toMatch(/^Version 4Current.*API key Deployment/);
  expect(current?.textContent).toContain('Restored from version 1 · Changed: HTTP settings, Severity');
  expect(current?.textContent).not.toContain('Held for');
  expect(second?.textContent).toMatch(/^Version 2\d.* ago · AdaChanged: Interval, Down afterHeld for 2 h$/);
  expect(first?.textContent).toMatch(/Author not knownFirst version/);
  expect(within(second as HTMLElement).getByRole('link', { name: 'Version 2' })).toHaveProperty(
    'pathname',
    '/monitors/42/history/2',
  );
});

it('loads older versions', async () => {
  serveVersions([]);
  server.use(
    http.get('/monitors/{id}/versions', ({ request }) => {
      const cursor = new URL(request.url).searchParams.get('cursor');
      return HttpResponse.json(
        cursor === 'older' ? page([FIRST]) : { items: [CURRENT, version()], next_cursor: 'older' },
      );
    }),
  );
  const { user } = renderAt('/monitors/42/history');
  expect(await rowsIn('Versions')).toHaveLength(2);
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  expect(await screen.findByRole('link', { name: 'Version 1' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

it.each([
  ['2025-11-20T10:00:00.000Z', 'Not changed since it was created'],
  ['2025-11-25T12:00:00.000Z', 'Not changed since 25 Nov 2025'],
])('says that nothing was changed since %s', async (from, expected) => {
  serveVersions([{ ...FIRST, from, until: null }]);
  renderAt('/monitors/42/history');
  expect(await screen.findByRole('heading', { name: expected })).toBeTruthy();
});

it('shows what went wrong, and that the monitor is not there any more', async () => {
  serveVersions([CURRENT, version()]);
  server.use(http.get('/monitors/{id}/versions', () => problem(403, 'the role is too small')));
  const { user, unmount } = renderAt('/monitors/42/history');
  expect(await screen.findByText('the role is too small')).toBeTruthy();
  serveVersions([CURRENT, version()]);
  await user.click(screen.getByRole('button', { name: 'Retry' }));
  expect(await rowsIn('Versions')).toHaveLength(2);
  unmount();
  server.use(http.get('/monitors/{id}/versions', () => problem(404, 'there is no such monitor')));
  renderAt('/monitors/42/history');
  expect(await screen.findByText('Page not found')).toBeTruthy();
});

it('shows the differences of a version as its form has them', async () => {
  const body = Array.from({ length: 12 }, (_, line) => `line ${line}`).join('\n');
  serveVersion(
    versionDetail({
      restored: 1,
      differences: [
        difference(),
        difference({ field: 'http.auth.password', before: null, after: null, secret: true }),
        difference({ field: 'http.body', before: null, after: body }),
      ],
    }),
  );
  const { user } = renderAt('/monitors/42/history/2');
  const [interval, password, text] = await rowsIn('What differs');
  expect(interval?.textContent).toBe('IntervalBefore60 sAfter30 s');
  expect(password?.textContent).toBe('PasswordChanged. What it was and is, is not shown.');
  expect(text?.textContent).toContain('BodyBeforeNot setAfterline 0');
  expect(text?.textContent).not.toContain('line 11');
  const more = screen.getByRole('button', { name: 'Show whole text (Body: After)' });
  expect(more.getAttribute('aria-expanded')).toBe('false');
  await user.click(more);
  expect(text?.textContent).toContain('line 11');
  await user.click(screen.getByRole('button', { name: 'Shorten (Body: After)' }));
  expect(text?.textContent).not.toContain('line 11');
  expect(screen.getByRole('link', { name: 'Restored from version 1' })).toHaveProperty(
    'pathname',
    '/monitors/42/history/1',
  );
  await user.click(screen.getByText('All settings'));
  expect(await screen.findByText('Expected status codes')).toBeTruthy();
});

it('compares with the version that is chosen, and with the one before by default', async () => {
  const against = serveVersion();
  const { user } = renderAt('/monitors/42/history/2');
  await rowsIn('What differs');
  const choice = await screen.findByRole('combobox', { name: 'Compare with' });
  await within(choice).findByRole('option', { name: /^Version 3 \(current\) · .* · Ada$/ });
  expect(within(choice).queryByRole('option', { name: /^Version 2/ })).toBeNull();
  await user.selectOptions(choice, '3');
  await rowsIn('What differs from version 3');
  expect(against[0]).toBeNull();
  await waitFor(() => expect(against.at(-1)).toBe('3'));
  expect(window.location.search).toBe('?against=3');
});

it('says that there is nothing before the first version, and that a version is not kept', async () => {
  serveVersion(versionDetail({ ...FIRST, differences: [] }));
  const { unmount } = renderAt('/monitors/42/history/1');
  expect(await screen.findByText('There is no version before it.')).toBeTruthy();
  unmount();
  server.use(http.get('/monitors/{id}/versions/{version}', () => problem(404, 'there is no such version')));
  renderAt('/monitors/42/history/99');
  expect(await screen.findByRole('heading', { name: 'This version is not available' })).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Go to the history' })).toHaveProperty(
    'pathname',
    '/monitors/42/history',
  );
});

it('says that the version before is no longer kept, and that a definition cannot be read', async () => {
  const definition_error = 'the definition of this version cannot be read';
  serveVersion(versionDetail({ version: 7, changes: [], differences: [], definition_error }));
  serveVersions([version({ version: 8, until: null }), version({ version: 7, changes: [] })]);
  renderAt('/monitors/42/history/7');
  expect(await screen.findByText('The version before it is no longer kept.')).toBeTruthy();
  expect(screen.getByRole('alert').textContent).toContain(definition_error);
  expect(screen.queryByRole('button', { name: 'Restore this version' })).toBeNull();
});

it('knows that more may differ than somebody sees who is narrowed to tags', async () => {
  serveVersion(versionDetail({ changes: [], differences: [] }));
  serveNarrowed();
  const { user, unmount } = renderAt('/monitors/42/history/2');
  expect(await screen.findByText('No settings differ.')).toBeTruthy();
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Restore version 2?' }));
  expect(await dialog.findByText('Nothing that you see would change.')).toBeTruthy();
  unmount();
  serveVersions([CURRENT, version()]);
  serveNarrowed();
  renderAt('/monitors/42/history/2');
  expect(await screen.findByText('There is no version before it that you can see.')).toBeTruthy();
});

it('offers to restore neither to viewers nor what holds now', async () => {
  serveVersion(versionDetail(), 'viewer');
  const { unmount } = renderAt('/monitors/42/history/2');
  await rowsIn('What differs');
  expect(screen.queryByRole('button', { name: 'Restore this version' })).toBeNull();
  expect(screen.getByText(/^Editors, admins and owners can change monitors/)).toBeTruthy();
  unmount();
  serveVersion(versionDetail({ ...CURRENT }));
  renderAt('/monitors/42/history/3');
  await rowsIn('What differs');
  expect(screen.getByText('Current')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Restore this version' })).toBeNull();
});

it('shows what restoring would change now, and returns the focus when that is cancelled', async () => {
  const against = serveVersion();
  const { user } = renderAt('/monitors/42/history/2');
  const open = await screen.findByRole('button', { name: 'Restore this version' });
  await user.click(open);
  const dialog = within(await screen.findByRole('dialog', { name: 'Restore version 2?' }));
  expect(await dialog.findByText(/^Compared with what holds now, version 3, this changes/)).toBeTruthy();
  expect(dialog.getByRole('list', { name: 'What would change' }).textContent).toContain('60 s');
  expect(against).toContain('3');
  await user.click(dialog.getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(document.activeElement).toBe(open));
});

it.each([
  [true, 'The monitor was paused in this version: restoring it pauses the monitor, and nothing is checked.'],
  [false, 'The monitor was not paused in this version: restoring it resumes the monitor.'],
])('says what restoring does to the checks when the version was paused: %s', async (paused, expected) => {
  serveVersion(
    versionDetail({ differences: [difference({ field: 'paused', before: !paused, after: paused })] }),
  );
  const { user } = renderAt('/monitors/42/history/2');
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Restore version 2?' }));
  expect(await dialog.findByText(expected)).toBeTruthy();
});

it('restores a version of what was shown, and goes to the history', async () => {
  serveVersion();
  const sent: (string | null)[] = [];
  server.use(
    http.post('/monitors/{id}/versions/{version}/restore', ({ request, params }) => {
      sent.push(String(params.version), request.headers.get('If-Match'));
      return HttpResponse.json(monitor({ version: 4 }));
    }),
  );
  const { user } = renderAt('/monitors/42/history/2');
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  await user.click(await screen.findByRole('button', { name: 'Restore' }));
  expect(await screen.findByText('Version 2 of Example restored')).toBeTruthy();
  expect(await screen.findByRole('heading', { name: 'History of changes' })).toBeTruthy();
  expect(sent).toEqual(['2', '"3"']);
});

it('restores nothing that was changed meanwhile, and shows what would change by now', async () => {
  serveVersion();
  const sent: (string | null)[] = [];
  server.use(
    http.post('/monitors/{id}/versions/{version}/restore', ({ request }) => {
      sent.push(request.headers.get('If-Match'));
      if (sent.length > 1) return HttpResponse.json(monitor({ version: 9 }));
      server.use(
        http.get('/monitors/{id}', () => HttpResponse.json(monitor({ version: 8 }))),
        http.get('/monitors/{id}/versions/{version}', () =>
          HttpResponse.json(versionDetail({ differences: [difference({ before: 300 })] })),
        ),
      );
      return problem(412, 'it was changed in the meantime');
    }),
  );
  const { user } = renderAt('/monitors/42/history/2');
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  await user.click(await screen.findByRole('button', { name: 'Restore' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Restore version 2?' }));
  expect(await dialog.findByText(/^Somebody else has changed this in the meantime/)).toBeTruthy();
  expect(dialog.getByText(/^What would change has been loaded again/)).toBeTruthy();
  expect(await dialog.findByText('300 s')).toBeTruthy();
  await waitFor(() =>
    expect(dialog.getByRole('button', { name: 'Restore' }).getAttribute('aria-disabled')).toBeNull(),
  );
  await user.click(dialog.getByRole('button', { name: 'Restore' }));
  expect(await screen.findByText('Version 2 of Example restored')).toBeTruthy();
  expect(sent).toEqual(['"3"', '"8"']);
});

it('shows what the server refuses at the setting that it is about, in words', async () => {
  serveVersion();
  server.use(
    http.post('/monitors/{id}/versions/{version}/restore', () =>
      problem(422, '2 fields are not valid', [
        { field: 'interval_seconds', message: 'must be at least 60' },
        { field: 'recipients.channels', message: 'names a channel that is gone' },
      ]),
    ),
  );
  const { user } = renderAt('/monitors/42/history/2');
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  await user.click(await screen.findByRole('button', { name: 'Restore' }));
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('2 fields are not valid');
  expect(alert.textContent).toContain('Channels to notify: names a channel that is gone');
  const [interval] = await rowsIn('What would change');
  expect(interval?.textContent).toContain('must be at least 60');
});

it('says that it is as it is now already', async () => {
  serveVersion(versionDetail({ differences: [] }));
  const { user } = renderAt('/monitors/42/history/2');
  await user.click(await screen.findByRole('button', { name: 'Restore this version' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Restore version 2?' }));
  expect(await dialog.findByText(/^This is what holds now already/)).toBeTruthy();
  expect(dialog.queryByRole('button', { name: 'Restore' })).toBeNull();
});
