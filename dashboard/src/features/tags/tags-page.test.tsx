import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Tag } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  http,
  monitor,
  noContent,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
} from '../../../test/server';

const tag = (changes: Partial<Tag> = {}): Tag => ({
  id: 3,
  name: 'eu',
  colour: 'blue',
  monitors: 2,
  version: 1,
  ...changes,
});

const serveTags = (tags: Tag[]) => server.use(http.get('/tags', () => HttpResponse.json(page(tags))));

it('renames a tag, and shows a taken name at its field', async () => {
  serveQuietAccount();
  serveTags([tag()]);
  const sent: unknown[] = [];
  server.use(
    http.patch('/tags/{id}', async ({ request }) => {
      const body = await request.json();
      sent.push(body);
      return body?.name === 'taken'
        ? problem(409, 'is that of another tag', [{ field: 'name', message: 'is that of another tag' }])
        : HttpResponse.json(tag({ name: body?.name ?? '' }));
    }),
  );
  const { user } = renderAt('/tags');
  expect(await screen.findByText('2 monitors')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Edit eu' }));
  const name = screen.getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'taken');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('is that of another tag')).toBeTruthy();
  await user.clear(name);
  await user.type(name, 'europe');
  await user.click(screen.getByLabelText('Red'));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent.at(-1)).toEqual({ name: 'europe', colour: 'red' });
});

it('says how many monitors lose a tag that is deleted', async () => {
  serveQuietAccount();
  serveTags([tag()]);
  let deleted = false;
  server.use(
    http.delete('/tags/{id}', ({ response }) => {
      deleted = true;
      return response.untyped(noContent());
    }),
  );
  const { user } = renderAt('/tags');
  await user.click(await screen.findByRole('button', { name: 'Delete eu' }));
  const dialog = screen.getByRole('alertdialog');
  expect(dialog.textContent).toContain('2 monitors will lose this tag');
  await user.click(within(dialog).getByRole('button', { name: 'Delete tag' }));
  await waitFor(() => expect(deleted).toBe(true));
});

it('offers nothing to change to a viewer', async () => {
  serveQuietAccount([], 'viewer');
  serveTags([tag()]);
  renderAt('/tags');
  expect(await screen.findByText('eu')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Add tag' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Edit eu' })).toBeNull();
});

it('offers nothing to change to an editor of some tags, and says why', async () => {
  serveQuietAccount();
  serveTags([tag()]);
  const account = session('token', 'editor');
  account.org.only_tags = ['eu'];
  server.use(http.post('/auth/refresh', () => HttpResponse.json(account)));
  renderAt('/tags');
  expect(await screen.findByText(/^Your access is limited to some tags/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Add tag' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Edit eu' })).toBeNull();
});

it('filters monitors by the tag in the address, and changes those that are selected together', async () => {
  serveQuietAccount();
  serveTags([tag()]);
  const asked: (string | null)[] = [];
  const sent: unknown[] = [];
  server.use(
    http.get('/monitors', ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('tag'));
      return HttpResponse.json(page([monitor({ tags: ['eu'] }), monitor({ id: 43, name: 'Other' })]));
    }),
    http.post('/monitors/bulk', async ({ request }) => {
      sent.push(await request.json());
      const error = {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'there is no such monitor',
      };
      return HttpResponse.json({
        succeeded: 1,
        failed: 1,
        items: [
          { id: 42, status: 200 },
          { id: 43, status: 404, error },
        ],
      });
    }),
  );
  const { user } = renderAt('/?tag=eu');
  const list = within(await screen.findByRole('table', { name: 'Monitors' }));
  expect(asked[0]).toBe('eu');
  expect(list.getByRole('list', { name: 'Tags' }).textContent).toBe('eu');
  await user.click(screen.getByRole('button', { name: 'Select' }));
  await user.click(list.getByRole('checkbox', { name: 'Select Example' }));
  expect(screen.getByText('1 selected')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Select all 2' }));
  await user.click(screen.getByRole('button', { name: 'Tags' }));
  await user.type(screen.getByRole('textbox', { name: 'Tags' }), 'web, db');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(sent).toEqual([{ action: 'add_tags', tags: ['web', 'db'], monitors: [42, 43] }]),
  );
  expect(await screen.findByText('1 monitor changed')).toBeTruthy();
  expect(screen.getByText('Could not change 1 monitor')).toBeTruthy();
  expect(screen.getByText('1 selected')).toBeTruthy();
});
