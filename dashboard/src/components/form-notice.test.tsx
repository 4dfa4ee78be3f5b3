import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Account, Problem } from '@/api/models';
import { renderAt } from '../../test/render';
import {
  channel,
  http,
  maintenanceWindow,
  member,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
} from '../../test/server';

const stale = () => problem(412, 'it was changed by somebody else in the meantime');

/** Changes a name, and saves it again when somebody else has changed the thing meanwhile. */
async function renameTwice(path: string, edit: string, sent: unknown[]) {
  const { user } = renderAt(path);
  await user.click(await screen.findByRole('button', { name: edit }));
  const dialog = within(await screen.findByRole('dialog'));
  const name = dialog.getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'Mine');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect((await dialog.findByRole('alert')).textContent).toContain('Somebody else has changed this');
  await user.click(dialog.getByRole('button', { name: 'Load the latest version' }));
  await waitFor(() => expect(dialog.queryByRole('alert')).toBeNull());
  expect(name).toHaveProperty('value', 'Mine');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toHaveLength(2));
}

it('saves a channel again after a conflict, without the change of somebody else', async () => {
  serveQuietAccount();
  const sent: unknown[] = [];
  const throttled = { degraded: true, throttle_seconds: 300, remind_every_seconds: null };
  const latest = channel({ version: 2, name: 'Theirs', alerts: throttled });
  server.use(
    http.get('/channels', () => HttpResponse.json(page([channel()]))),
    http.get('/channels/{id}', () => HttpResponse.json(latest)),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push([request.headers.get('if-match'), await request.json()]);
      return sent.length === 1 ? stale() : HttpResponse.json(latest);
    }),
  );
  await renameTwice('/notifications', 'Edit #operations', sent);
  expect(sent).toEqual([
    ['"1"', { name: 'Mine' }],
    ['"2"', { name: 'Mine' }],
  ]);
});

it('saves a window again after a conflict, at the time that somebody else has chosen', async () => {
  serveQuietAccount();
  const sent: unknown[] = [];
  const weekly = (minutes: number) =>
    ({ repeat: 'weekly', weekday: 'Mon', from: '02:00:00', minutes, time_zone: 'UTC' }) as const;
  const latest = { ...maintenanceWindow(weekly(90)), version: 2 };
  server.use(
    http.get('/maintenance-windows', () => HttpResponse.json(page([maintenanceWindow(weekly(30))]))),
    http.get('/maintenance-windows/{id}', () => HttpResponse.json(latest)),
    http.patch('/maintenance-windows/{id}', async ({ request }) => {
      sent.push([request.headers.get('if-match'), await request.json()]);
      return sent.length === 1 ? stale() : HttpResponse.json(latest);
    }),
  );
  await renameTwice('/maintenance', 'Edit Patch night', sent);
  expect(sent).toEqual([
    ['"1"', { name: 'Mine', monitors: [], tags: [], ...weekly(30) }],
    ['"2"', { name: 'Mine', monitors: [], tags: [], ...weekly(90) }],
  ]);
});

it('saves a tag again after a conflict, with the colour that somebody else has chosen', async () => {
  serveQuietAccount();
  const sent: unknown[] = [];
  let tag = { id: 3, name: 'eu', colour: 'blue' as 'blue' | 'red', monitors: 2, version: 1 };
  server.use(
    http.get('/tags', () => HttpResponse.json(page([tag]))),
    http.patch('/tags/{id}', async ({ request }) => {
      sent.push([request.headers.get('if-match'), await request.json()]);
      tag = { ...tag, colour: 'red', version: 2 };
      return sent.length === 1 ? stale() : HttpResponse.json(tag);
    }),
  );
  await renameTwice('/tags', 'Edit eu', sent);
  expect(sent).toEqual([
    ['"1"', { name: 'Mine', colour: 'blue' }],
    ['"2"', { name: 'Mine', colour: 'red' }],
  ]);
});

it('renames the account again after a conflict', async () => {
  serveQuietAccount();
  const sent: unknown[] = [];
  const { user, org } = session('any');
  let name = user.name;
  const account = () =>
    HttpResponse.json<Account>({ user: { ...user, name }, org }, { headers: { ETag: `"of ${name}"` } });
  server.use(
    http.get('/me', account),
    http.get('/me/sessions', () => HttpResponse.json({ items: [] })),
    http.patch('/me', async ({ request }) => {
      sent.push([request.headers.get('if-match'), await request.json()]);
      name = sent.length === 1 ? 'Theirs' : 'Mine';
      return sent.length === 1 ? stale() : account();
    }),
  );
  await renameTwice('/account', 'Change name', sent);
  expect(sent).toEqual([
    ['"of Ada"', { name: 'Mine' }],
    ['"of Theirs"', { name: 'Mine' }],
  ]);
});

it('changes the role of a member only where it is what was shown', async () => {
  serveQuietAccount();
  const grace = member({ user_id: 2, name: 'Grace', role: 'viewer' });
  let version: string | null = null;
  server.use(
    http.get('/orgs/{id}', () => HttpResponse.json(session('any').org)),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page([member(), grace]))),
    http.get('/orgs/{id}/invitations', () => HttpResponse.json(page([]))),
    http.patch('/orgs/{id}/members/{user_id}', ({ request }) => {
      version = request.headers.get('if-match');
      return stale();
    }),
  );
  const { user } = renderAt('/organisation');
  await user.selectOptions(await screen.findByLabelText('Role of Grace'), 'editor');
  expect(await screen.findByText(/Somebody else has changed this/)).toBeTruthy();
  expect(version).toBe('"viewer"');
});

it('says which limit of the plan is reached, and leads to the plan', async () => {
  serveQuietAccount();
  const reached: Problem = {
    type: 'urn:uptime-monitor:limit-reached',
    title: 'Limit reached',
    status: 409,
    detail: 'there are as many channels as there may be',
    key: 'channels',
    limit: 5,
    used: 5,
  };
  server.use(
    http.get('/channels', () => HttpResponse.json(page([channel()]))),
    http.post('/channels', ({ response }) => response.untyped(HttpResponse.json(reached, { status: 409 }))),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Add channel' }));
  await user.click(screen.getByRole('button', { name: 'Slack' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText('Name'), 'x');
  await user.type(dialog.getByLabelText('Incoming webhook URL'), 'https://hooks.slack.com/services/x');
  await user.click(dialog.getByRole('button', { name: 'Add channel' }));
  expect((await dialog.findByRole('alert')).textContent).toContain(
    'The plan allows 5 channels, and there are 5.',
  );
  expect(dialog.getByRole('link', { name: 'See plan and usage' }).getAttribute('href')).toBe('/organisation');
});
