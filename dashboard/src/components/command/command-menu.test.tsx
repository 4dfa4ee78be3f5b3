import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { keys } from '@/api/keys';
import type { Role, SearchResults } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server } from '../../../test/server';

const FOUND: SearchResults = {
  groups: [
    {
      kind: 'monitor',
      more: true,
      items: [
        { id: '42', parent_id: null, title: 'Shop', detail: 'https://shop.example/', at: null, open: null },
        { id: '43', parent_id: null, title: 'Shop API', detail: null, at: null, open: null },
      ],
    },
    {
      kind: 'incident',
      more: false,
      items: [
        {
          id: '0190d5b2-0000-5000-8000-000000000001',
          parent_id: null,
          title: 'Shop',
          detail: 'no answer',
          at: '2026-11-28T10:00:00Z',
          open: true,
        },
      ],
    },
    {
      kind: 'maintenance_window',
      more: false,
      items: [{ id: '5', parent_id: null, title: 'Shop move', detail: null, at: null, open: null }],
    },
  ],
};

/** Serves what is found, and answers what was asked for. */
function serveSearch(role: Role = 'owner') {
  const asked: string[] = [];
  serveQuietAccount([monitor({ name: 'Shop' })], role);
  server.use(
    http.get('/search', ({ query }) => {
      asked.push(query.get('q') ?? '');
      return HttpResponse.json(query.get('q')?.startsWith('shop') ? FOUND : { groups: [] });
    }),
    http.get('/maintenance-windows', () => HttpResponse.json(page([]))),
    http.get('/channels', () => HttpResponse.json(page([]))),
  );
  return asked;
}

const button = () => screen.findByRole('button', { name: 'Search and commands' });
const input = () => screen.findByRole<HTMLInputElement>('combobox', { name: 'Search and commands' });

/** The page below has fields to choose from, too. */
const field = () => screen.queryByRole('combobox', { name: 'Search and commands' });

/** The option that the text field says is active. */
const active = () => {
  const id = screen
    .getByRole('combobox', { name: 'Search and commands' })
    .getAttribute('aria-activedescendant');
  return id === null ? null : document.getElementById(id);
};

it('opens by its keys, and returns the focus when it is closed', async () => {
  serveSearch();
  const { user } = renderAt('/');
  const opener = await button();
  opener.focus();
  await user.keyboard('{Control>}k{/Control}');
  await waitFor(async () => expect(document.activeElement).toBe(await input()));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(field()).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(opener));
  await user.click(opener);
  await input();
  await user.keyboard('{Control>}k{/Control}');
  await waitFor(() => expect(field()).toBeNull());
});

it('searches what was typed last, and opens what is chosen', async () => {
  const asked = serveSearch();
  const { user } = renderAt('/');
  await user.click(await button());
  await user.type(await input(), 'shop');
  const monitors = await screen.findByRole('group', { name: 'Monitors' });
  const options = within(monitors).getAllByRole('option');
  expect(options.map((option) => option.textContent)).toEqual(['Shophttps://shop.example/', 'Shop API']);
  expect(within(monitors).getAllByText('Shop', { selector: 'mark' }).length).toBe(2);
  expect(within(screen.getByRole('group', { name: 'Incidents' })).getByText('Ongoing')).toBeTruthy();
  expect(asked.at(-1)).toBe('shop');
  expect(await screen.findByText('4 results. Add a word to see more')).toBeTruthy();
  const more = document.getElementById(monitors.getAttribute('aria-describedby') ?? '');
  expect(more?.textContent).toBe('Add a word to see more');
  expect(active()).toBe(options[0]);
  await user.keyboard('{ArrowDown}');
  expect(active()).toBe(options[1]);
  expect(options[1]?.getAttribute('aria-selected')).toBe('true');
  await user.keyboard('{ArrowUp}{ArrowUp}');
  expect(active()?.textContent).toBe('Shop move');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(window.location.pathname).toBe('/maintenance'));
  expect(field()).toBeNull();
  const heading = await screen.findByRole('heading', { name: 'Maintenance' });
  await waitFor(() => expect(document.activeElement).toBe(heading));
});

it('leads to pages and actions without the server, and says that the search failed', async () => {
  serveSearch();
  server.use(http.get('/search', () => problem(503, 'the database is not available')));
  const { user } = renderAt('/');
  await user.click(await button());
  await user.type(await input(), 'new main');
  const alert = await screen.findByText('Search failed. Pages and actions still work.');
  expect(alert.getAttribute('role')).toBe('alert');
  expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([
    'New maintenance window',
  ]);
  await user.keyboard('{Enter}');
  await waitFor(() => expect(window.location.pathname).toBe('/maintenance'));
  // The form of a new window.
  expect(await screen.findByRole('dialog')).toBeTruthy();
});

it('offers a viewer nothing that a viewer may not do', async () => {
  serveSearch('viewer');
  const { user } = renderAt('/');
  await user.click(await button());
  await input();
  const names = screen.getAllByRole('option').map((option) => option.textContent);
  expect(names).toContain('Incidents');
  for (const name of ['New monitor', 'New channel', 'API keys', 'Audit log']) {
    expect(names).not.toContain(name);
  }
});

it('has the pages that were open', async () => {
  serveSearch();
  const { user } = renderAt('/');
  await screen.findByRole('heading', { name: 'Monitors' });
  await user.click(await screen.findByRole('link', { name: 'Maintenance' }));
  await screen.findByRole('heading', { name: 'Maintenance' });
  await user.click(await button());
  const recent = within(await screen.findByRole('group', { name: 'Recent pages' }));
  expect(recent.getAllByRole('option').map((option) => option.textContent)).toContain('Monitors');
});

it('shows the keys, but not to whoever is typing', async () => {
  serveSearch();
  const { user } = renderAt('/');
  const search = await screen.findByRole('searchbox', { name: 'Search monitors' });
  await user.type(search, '?');
  expect(screen.queryByRole('dialog')).toBeNull();
  (await button()).focus();
  await user.keyboard('?');
  const dialog = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
  expect(within(dialog).getByText('Search and commands')).toBeTruthy();
});

/** Opens the page of a monitor, and answers what was paused and resumed there. */
function serveOpenMonitor() {
  const shop = monitor({ name: 'Shop' });
  const sent: string[] = [];
  serveSearch();
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(shop)),
    http.get('/monitors/{id}/uptime', () => problem(503, 'not now')),
    http.post('/monitors/{id}/pause', () => {
      sent.push('pause');
      return HttpResponse.json({ ...shop, paused: true });
    }),
  );
  return sent;
}

it('pauses the open monitor only for whoever moves there', async () => {
  const sent = serveOpenMonitor();
  const { user } = renderAt('/monitors/42');
  await screen.findByRole('heading', { name: 'Shop' });
  await user.click(await button());
  await input();
  expect(screen.getAllByRole('option').at(-1)?.textContent).toBe('Pause Shop');
  expect(active()?.textContent).not.toBe('Pause Shop');

  await user.type(await input(), 'shop');
  await screen.findByRole('group', { name: 'Incidents' });
  expect(screen.queryByRole('option', { name: 'Pause Shop' })).toBeNull();

  await user.clear(await input());
  await user.type(await input(), 'pause');
  const option = await screen.findByRole('option', { name: /^Pause ?Shop$/ });
  await waitFor(() => expect(active()).toBeNull());
  await user.hover(option);
  await user.keyboard('{Enter}');
  expect(screen.getByRole('combobox')).toBeTruthy();
  expect(sent).toEqual([]);

  await user.keyboard('{ArrowDown}');
  expect(active()).toBe(option);
  await user.keyboard('{Enter}');
  await waitFor(() => expect(sent).toEqual(['pause']));
});

it('changes nothing while the page shows an earlier time', async () => {
  serveOpenMonitor();
  const at = new Date(Date.now() - 7_200_000).toISOString();
  const { client, user } = renderAt(`/monitors/42?at=${encodeURIComponent(at)}`);
  client.setQueryData(keys.monitor(42), monitor({ name: 'Shop' }));
  await screen.findByRole('region', { name: 'Choose the time' });
  await user.click(await button());
  await input();
  const names = screen.getAllByRole('option').map((option) => option.textContent);
  expect(names).toContain('Incidents');
  expect(names).not.toContain('Pause Shop');
});

it('says what was not found, and what took too long', async () => {
  serveSearch();
  const { user } = renderAt('/');
  await user.click(await button());
  await user.type(await input(), 'xyzzy');
  await waitFor(() => expect(screen.getAllByText('Nothing found')).toHaveLength(2));
  expect(screen.queryByRole('listbox')).toBeNull();
  expect((await input()).getAttribute('aria-controls')).toBeNull();

  const late: SearchResults = { groups: [{ kind: 'note', items: [], more: true }] };
  server.use(http.get('/search', () => HttpResponse.json(late)));
  await user.type(await input(), 'y');
  expect(await screen.findByText('Took too long: Notes. Add a word to narrow the search.')).toBeTruthy();
});
