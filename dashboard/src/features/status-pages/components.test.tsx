import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, monitor, page, serveQuietAccount, server } from '../../../test/server';
import { serveStatusPage, statusPage } from '../../../test/status-pages';

const order = () =>
  screen
    .getAllByRole('button', { name: /^Move / })
    .map((handle) => handle.getAttribute('aria-label')?.slice('Move '.length));

const START = ['group without a heading', 'Website', 'Shop', 'Checkout', 'Search'];

async function openEditor() {
  const served = serveStatusPage();
  const { user } = renderAt('/status-pages/7');
  await screen.findByRole('button', { name: 'Move Checkout' });
  return { ...served, user };
}

const focus = (name: string) => screen.getByRole('button', { name }).focus();

it('orders by keyboard across groups, says each place, and keeps the focus', async () => {
  const { user, sent } = await openEditor();
  expect(order()).toEqual(START);
  focus('Move Checkout');
  await user.keyboard(' ');
  expect(screen.getByText('Checkout lifted, 1 of 2 in Shop.')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Move Checkout' }).getAttribute('aria-pressed')).toBe('true');
  await user.keyboard('{ArrowDown}');
  expect(screen.getByText('Checkout: 2 of 2 in Shop.')).toBeTruthy();
  await user.keyboard('{ArrowUp}{ArrowUp}');
  expect(screen.getByText('Checkout: 2 of 2 in group without a heading.')).toBeTruthy();
  expect(order()).toEqual(['group without a heading', 'Website', 'Checkout', 'Shop', 'Search']);
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Move Checkout');
  await user.keyboard(' ');
  expect(screen.getByText('Checkout dropped, 2 of 2 in group without a heading.')).toBeTruthy();
  // Once dropped it stays.
  await user.keyboard('{ArrowDown}');
  expect(order()).toEqual(['group without a heading', 'Website', 'Checkout', 'Shop', 'Search']);

  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  expect(sent).toHaveLength(1);
  expect(sent[0]?.ifMatch).toBe('"4"');
  expect(sent[0]?.body).toMatchObject({
    groups: [
      { name: null, components: [{ id: 1 }, { id: 2 }] },
      { name: 'Shop', components: [{ id: 3 }] },
    ],
  });
});

it('puts it back on Escape, and moves whole groups', async () => {
  const { user } = await openEditor();
  focus('Move Search');
  await user.keyboard(' {ArrowUp}{ArrowUp}{ArrowUp}');
  expect(order()).toEqual(['group without a heading', 'Search', 'Website', 'Shop', 'Checkout']);
  await user.keyboard('{Escape}');
  expect(order()).toEqual(START);
  expect(screen.getByText('Search put back, 2 of 2 in Shop.')).toBeTruthy();

  focus('Move Shop');
  await user.keyboard(' {ArrowUp} ');
  expect(order()).toEqual(['Shop', 'Checkout', 'Search', 'group without a heading', 'Website']);
  expect(screen.getByText('Shop dropped, group 1 of 2.')).toBeTruthy();
});

it('drops it when the focus goes elsewhere', async () => {
  const { user } = await openEditor();
  focus('Move Search');
  await user.keyboard(' {ArrowUp}');
  await user.tab();
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Move Search' }).getAttribute('aria-pressed')).toBe('false'),
  );
  expect(order()).toEqual(['group without a heading', 'Website', 'Shop', 'Search', 'Checkout']);
});

it('moves a component to a group without dragging, and removes a group but not what is in it', async () => {
  const { user } = await openEditor();
  await user.click(screen.getByRole('button', { name: 'Edit Website' }));
  await user.selectOptions(screen.getByLabelText('Group'), 'Shop');
  expect(order()).toEqual(['group without a heading', 'Shop', 'Checkout', 'Search', 'Website']);
  await user.click(screen.getByRole('button', { name: 'Remove group group without a heading' }));
  await user.click(screen.getByRole('button', { name: 'Remove Search' }));
  expect(order()).toEqual(['Shop', 'Checkout', 'Website']);
});

it('adds monitors that are searched for, many at once, without those that are there', async () => {
  serveStatusPage();
  const asked: string[] = [];
  server.use(
    http.get('/monitors', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query.get('q') ?? '');
      expect(query.get('limit')).toBe('100');
      const found = [monitor({ id: 20, name: 'Checkout' }), monitor({ id: 50, name: 'Mail' })];
      return HttpResponse.json(
        query.get('q')
          ? page([monitor({ id: 51, name: 'Far away' })])
          : { items: [...found, monitor({ id: 52, name: 'Queue' })], next_cursor: 'more' },
      );
    }),
  );
  const { user } = renderAt('/status-pages/7');
  await user.click(await screen.findByRole('button', { name: 'Add monitors' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(await dialog.findByRole('checkbox', { name: /Checkout/ })).toHaveProperty('disabled', true);
  expect(dialog.getByRole('button', { name: 'Show more' })).toBeTruthy();
  await user.click(dialog.getByRole('checkbox', { name: 'Select all 2 shown' }));
  await user.type(dialog.getByRole('searchbox'), 'far');
  await user.click(await dialog.findByRole('checkbox', { name: /Far away/ }));
  await user.click(dialog.getByRole('button', { name: 'Add 3 monitors' }));
  expect(asked).toContain('far');
  expect(order().slice(3)).toEqual(['Checkout', 'Search', 'Mail', 'Queue', 'Far away']);
});

it('offers all monitors to a page without components', async () => {
  serveStatusPage(statusPage({ groups: [] }));
  server.use(
    http.get('/monitors', ({ request }) => {
      expect(new URL(request.url).searchParams.get('limit')).toBe('200');
      return HttpResponse.json(page([monitor({ id: 1, name: 'One' }), monitor({ id: 2, name: 'Two' })]));
    }),
  );
  const { user } = renderAt('/status-pages/7');
  await screen.findByRole('heading', { name: 'Nothing is on this page yet' });
  await user.click(screen.getByRole('button', { name: 'Add all monitors' }));
  expect(await screen.findByText('2 components added')).toBeTruthy();
  expect(order()).toEqual(['group without a heading', 'One', 'Two']);
});

it('adds a component without a monitor, which needs a name', async () => {
  const { user, sent } = await openEditor();
  await user.click(screen.getByRole('button', { name: 'Add component without monitor' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Required')).toBeTruthy();
  expect(screen.queryByLabelText('Uptime')).toBeNull();
  await user.type(screen.getByLabelText('Name'), 'Phone support');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  const added = {
    name: 'Phone support',
    description: null,
    show_history: true,
    show_uptime: false,
    show_latency: false,
  };
  expect(sent[0]?.body).toHaveProperty('groups.1.components.2', added);
});

it('shows what is on a page to those who cannot change it, and who can', async () => {
  serveStatusPage(statusPage(), 'editor');
  renderAt('/status-pages/7');
  expect(await screen.findByText('Checkout')).toBeTruthy();
  expect(screen.getByText('Admins and owners can add and change status pages.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /^(Move|Save|Delete)/ })).toBeNull();
  expect(screen.queryByRole('switch')).toBeNull();
});

it('is not found where there is no such page', async () => {
  serveQuietAccount();
  server.use(
    http.get('/status-pages/{id}', ({ response }) => response.untyped(new Response(null, { status: 404 }))),
  );
  renderAt('/status-pages/99');
  expect(await screen.findByRole('heading', { name: 'Page not found' })).toBeTruthy();
});

it('shows another status page', async () => {
  const { user, sent } = await openEditor();
  await user.click(screen.getByRole('button', { name: 'Add another status page' }));
  expect(screen.queryByRole('checkbox', { name: 'History' })).toBeNull();
  await user.type(screen.getByRole('textbox', { name: 'Name' }), 'Payments');
  await user.type(
    screen.getByRole('textbox', { name: 'Address of the other status page' }),
    'https://status.pay.example',
  );
  await user.type(screen.getByRole('textbox', { name: 'Component there' }), 'Cards');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  const payments = {
    name: 'Payments',
    external: { url: 'https://status.pay.example', component: 'Cards' },
    description: null,
    show_history: false,
    show_uptime: false,
    show_latency: false,
  };
  expect(JSON.stringify(sent[0]?.body)).toContain(JSON.stringify(payments));
});
