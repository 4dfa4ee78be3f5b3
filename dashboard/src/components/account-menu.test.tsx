import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Organisation, Role } from '@/api/models';
import { renderAt } from '../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server, session } from '../../test/server';

const org = (id: number, name: string, role: Role): Organisation => ({
  id,
  name,
  role,
  only_tags: null,
  require_second_factor: false,
  version: 1,
});
const ACME = org(1, 'Ada', 'owner');
const LAB = org(2, 'Lab', 'viewer');

const inLab = () => ({ ...session('lab'), org: LAB });

/** Two organisations, of which each has a monitor. */
function serveTwo() {
  serveQuietAccount();
  server.use(
    http.get('/orgs', () => HttpResponse.json(page([ACME, LAB]))),
    http.get('/monitors', ({ request }) => {
      const isLab = request.headers.get('authorization') === 'Bearer lab';
      return HttpResponse.json(page([monitor({ name: isLab ? 'Microscope' : 'Shop' })]));
    }),
    http.post('/auth/switch', () => HttpResponse.json(inLab())),
  );
}

const open = async (user: ReturnType<typeof renderAt>['user']) =>
  user.click(await screen.findByRole('button', { name: /^Account of/ }));

it('switches the organisation without a login, and leaves nothing of the former one', async () => {
  serveTwo();
  const tab = new BroadcastChannel('uptime-session');
  const heard: unknown[] = [];
  tab.onmessage = ({ data }) => heard.push(data);
  const { user } = renderAt('/');
  await screen.findByText('Shop');
  await open(user);
  expect((await screen.findByRole('menuitemradio', { name: /Ada/ })).getAttribute('aria-checked')).toBe(
    'true',
  );
  await user.click(await screen.findByRole('menuitemradio', { name: /Lab/ }));
  expect(await screen.findByText('Microscope')).toBeTruthy();
  expect(screen.queryByText('Shop')).toBeNull();
  expect(screen.getByRole('button', { name: 'Account of Ada, Lab' })).toBeTruthy();
  await waitFor(() => expect(heard).toEqual([{ user: 1, org: 2 }]));
  // What a viewer may not do is not offered.
  expect(screen.queryByRole('link', { name: 'Add monitor' })).toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Monitors' })));
  await open(user);
  expect(await screen.findByRole('menuitem', { name: 'Organisation' })).toBeTruthy();
  expect(screen.queryByRole('menuitem', { name: 'API keys' })).toBeNull();
  tab.close();
});

it('focuses the heading of the page that an item leads to, and the button again after Escape', async () => {
  serveTwo();
  server.use(http.get('/api-keys', () => HttpResponse.json(page([]))));
  const { user } = renderAt('/api-keys');
  await open(user);
  await user.keyboard('{Escape}');
  const opener = screen.getByRole('button', { name: /^Account of/ });
  await waitFor(() => expect(document.activeElement).toBe(opener));
  // Also of the page that is open already, where nothing is navigated.
  await open(user);
  await user.click(await screen.findByRole('menuitem', { name: 'API keys' }));
  const heading = await screen.findByRole('heading', { name: 'API keys' });
  await waitFor(() => expect(document.activeElement).toBe(heading));
});

it('stays where it is when a switch fails', async () => {
  serveTwo();
  server.use(http.post('/auth/switch', () => problem(404, 'there is no such organisation')));
  const { user } = renderAt('/');
  await screen.findByText('Shop');
  await open(user);
  await user.click(await screen.findByRole('menuitemradio', { name: /Lab/ }));
  expect(await screen.findByText('Could not switch to Lab')).toBeTruthy();
  expect(screen.getByText('Shop')).toBeTruthy();
});

it('asks before changes of a form are lost by a switch', async () => {
  serveTwo();
  let switches = 0;
  server.use(
    http.post('/auth/switch', () => {
      switches++;
      return HttpResponse.json(inLab());
    }),
  );
  const { user } = renderAt('/monitors/new');
  await user.type(await screen.findByLabelText('URL'), 'https://example.org');
  await open(user);
  await user.click(await screen.findByRole('menuitemradio', { name: /Lab/ }));
  await user.click(await screen.findByRole('button', { name: 'Keep editing' }));
  expect(switches).toBe(0);
  await open(user);
  await user.click(await screen.findByRole('menuitemradio', { name: /Lab/ }));
  await user.click(await screen.findByRole('button', { name: 'Discard' }));
  expect(await screen.findByText('Microscope')).toBeTruthy();
  expect(switches).toBe(1);
});

it('follows a switch in another tab at once, away from what is not there', async () => {
  serveTwo();
  server.use(
    http.get('/monitors/{id}', ({ request }) =>
      request.headers.get('authorization') === 'Bearer lab'
        ? problem(404, 'there is no such monitor')
        : HttpResponse.json(monitor({ name: 'Shop' })),
    ),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/uptime', () => problem(503, 'unavailable')),
  );
  const { client } = renderAt('/monitors/42');
  await screen.findByRole('heading', { name: 'Shop' });
  server.use(http.post('/auth/refresh', () => HttpResponse.json(inLab())));
  const tab = new BroadcastChannel('uptime-session');
  tab.postMessage({ user: 1, org: 2 });
  expect(await screen.findByText('Microscope')).toBeTruthy();
  expect(window.location.pathname).toBe('/');
  expect(client.getQueryData(['monitors', 'one', 42])).toBeUndefined();
  tab.close();
});

it('creates an organisation, and goes on in it', async () => {
  serveTwo();
  server.use(
    http.post(
      '/orgs',
      () =>
        problem(422, '1 field is not valid', [{ field: 'name', message: 'must have a visible character' }]),
      { once: true },
    ),
    http.post('/orgs', ({ response }) => response(201).json(LAB)),
  );
  const { user } = renderAt('/');
  await open(user);
  await user.click(await screen.findByRole('menuitem', { name: 'New organisation' }));
  await user.type(await screen.findByLabelText('Name'), 'Lab');
  await user.click(screen.getByRole('button', { name: 'Create organisation' }));
  expect(await screen.findByText('must have a visible character')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Create organisation' }));
  expect(await screen.findByRole('button', { name: 'Account of Ada, Lab' })).toBeTruthy();
});
