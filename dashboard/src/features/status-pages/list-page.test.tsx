import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Role } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server, session } from '../../../test/server';
import { statusPage } from '../../../test/status-pages';

const servePages = (pages: ReturnType<typeof statusPage>[], role: Role = 'owner') => {
  serveQuietAccount([monitor(), monitor({ id: 43, name: 'Other' })], role);
  server.use(http.get('/status-pages', () => HttpResponse.json(page(pages))));
};

it('lists pages with their addresses, who may see them, and the state of their host names', async () => {
  const domain = {
    host: 'status.example.org',
    record_name: 'r',
    record_value: 'v',
    checked_at: null,
    problem: null,
  };
  servePages([
    statusPage({ custom_domain: { ...domain, proven_at: '2025-11-20T10:00:00.000Z' } }),
    statusPage({
      id: 8,
      title: 'Internal',
      published: false,
      groups: [],
      access: { kind: 'members', has_password: false, email_domains: [], networks: [] },
      custom_domain: { ...domain, host: 'in.example.org', proven_at: null },
    }),
  ]);
  renderAt('/status-pages');
  const [first, second] = await screen.findAllByRole('listitem');
  const inFirst = within(first as HTMLElement);
  expect(inFirst.getByRole('link', { name: 'Example status' })).toHaveProperty('pathname', '/status-pages/7');
  expect(inFirst.getByRole('link', { name: /Open page/ })).toHaveProperty(
    'href',
    'https://status.example.net/example',
  );
  for (const text of ['Public', '3 components', 'status.example.org is proven']) {
    expect(inFirst.getByText(text)).toBeTruthy();
  }
  const inSecond = within(second as HTMLElement);
  for (const text of ['Not published', 'Members', 'No components', 'in.example.org is not proven yet']) {
    expect(inSecond.getByText(text)).toBeTruthy();
  }
  // Members are let in by the dashboard.
  expect(inSecond.getByRole('link', { name: /Open page/ })).toHaveProperty(
    'pathname',
    '/status-pages/8/visit',
  );
});

it('explains what a status page is, and creates one with all monitors from a title', async () => {
  servePages([]);
  let sent: unknown;
  server.use(
    http.post('/status-pages', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(statusPage({ title: 'Shop' }), { status: 201 });
    }),
    http.get('/status-pages/{id}', () => HttpResponse.json(statusPage({ title: 'Shop' }))),
  );
  const { user } = renderAt('/status-pages');
  expect(await screen.findByText(/A status page shows your customers/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Create status page' }));
  const dialog = within(screen.getByRole('dialog'));
  // There are no tags.
  expect(dialog.queryByRole('radio', { name: 'Monitors with a tag' })).toBeNull();
  await user.type(dialog.getByLabelText('Title'), 'Shop');
  await user.click(dialog.getByRole('button', { name: 'Create status page' }));
  expect(await screen.findByRole('tab', { name: 'Components' })).toBeTruthy();
  expect(sent).toMatchObject({
    title: 'Shop',
    groups: [{ components: [{ monitor_id: 42 }, { monitor_id: 43 }] }],
  });
});

it('creates one with the monitors of a tag, and shows what the server says of the title', async () => {
  servePages([]);
  let asked: string | null = null;
  server.use(
    http.get('/tags', () =>
      HttpResponse.json(page([{ id: 1, name: 'shop', colour: 'blue' as const, monitors: 1, version: 1 }])),
    ),
    http.get('/monitors', ({ request }) => {
      asked = new URL(request.url).searchParams.get('tag');
      return HttpResponse.json(page([monitor()]));
    }),
    http.post('/status-pages', () =>
      problem(422, '1 field is invalid', [{ field: 'title', message: 'is too plain' }]),
    ),
  );
  const { user } = renderAt('/status-pages');
  await screen.findByRole('heading', { name: 'No status pages yet' });
  await user.click(screen.getByRole('button', { name: 'Create status page' }));
  await user.type(screen.getByLabelText('Title'), 'Shop');
  await user.click(await screen.findByRole('radio', { name: 'Monitors with a tag' }));
  await user.selectOptions(screen.getByLabelText('Tag'), 'shop');
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Create status page' }));
  expect(await screen.findByText('is too plain')).toBeTruthy();
  expect(asked).toBe('shop');
});

it.each<[Role, boolean]>([
  ['viewer', false],
  ['editor', false],
  ['admin', true],
])('%s: adds status pages %s', async (role, allowed) => {
  servePages([statusPage()], role);
  renderAt('/status-pages');
  await screen.findByText('Example status');
  expect(screen.queryByRole('button', { name: 'Create status page' }) !== null).toBe(allowed);
  expect(screen.queryByText('Admins and owners can add and change status pages.') === null).toBe(allowed);
});

it('is for those who see the whole organisation', async () => {
  serveQuietAccount();
  const narrowed = session('token', 'editor');
  narrowed.org.only_tags = ['shop'];
  server.use(http.post('/auth/refresh', () => HttpResponse.json(narrowed)));
  renderAt('/status-pages');
  expect(await screen.findByRole('heading', { name: 'Not available with limited access' })).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Status pages' })).toBeNull());
});
