import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Role, Subscriber } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { http, noContent, problem, server } from '../../../../test/server';
import {
  reportUpdate,
  serveStatusPage,
  statusPage,
  statusReport,
  subscriber,
  updateNotices,
} from '../../../../test/status-pages';

const PATH = '/status-pages/7/subscribers';
const EMPTY = { pending: 0, confirmed: 0, unsubscribed: 0 };

/** A page whose subscribers are `stored`, two on each page of the list. */
function serveSubscribers(
  stored: Subscriber[],
  page = statusPage(),
  role: Role = 'owner',
  reports = [] as ReturnType<typeof statusReport>[],
) {
  const served = serveStatusPage(page, role, reports);
  const list = { stored };
  const asked: Record<string, string>[] = [];
  server.use(
    http.get('/status-pages/{id}/subscribers', ({ request }) => {
      const query = Object.fromEntries(new URL(request.url).searchParams);
      asked.push(query);
      const { state, search = '', cursor = '0' } = query;
      const matching = list.stored.filter(
        (each) => (!state || each.state === state) && each.address.includes(search),
      );
      const end = Number(cursor) + 2;
      const counts = { ...EMPTY };
      for (const each of list.stored) counts[each.state]++;
      return HttpResponse.json({
        items: matching.slice(Number(cursor), end),
        next_cursor: end < matching.length ? `${end}` : null,
        counts,
      });
    }),
  );
  return { ...served, list, asked };
}

const SUBSCRIBERS = [
  subscriber({
    id: 'a',
    address: 'new@example.org',
    state: 'pending',
    confirmed_at: null,
    expires_at: '2125-11-27T10:00:00.000Z',
  }),
  subscriber({ id: 'b', components: [2, 99], error: '452 mailbox is full' }),
  subscriber({
    id: 'c',
    address: 'gone@example.org',
    state: 'unsubscribed',
    unsubscribed_at: '2025-11-21T10:00:00.000Z',
    unsubscribed_by: 'mail_server',
  }),
];

const rows = async () =>
  within(await screen.findByRole('list', { name: 'Email subscribers' })).getAllByRole('listitem');

it('lists subscribers with their state, components and what went wrong, page by page', async () => {
  serveSubscribers(SUBSCRIBERS);
  const { user } = renderAt(PATH);
  const [waiting, confirmed] = (await rows()).map(({ textContent }) => textContent);
  expect(waiting).toMatch(/^new@example.orgAll componentsWaiting for confirmationAsked .*Link valid until/);
  expect(confirmed).toMatch(/^ada@example.orgCheckout, Deleted component/);
  expect(confirmed).toContain('Last email not delivered: 452 mailbox is full');
  expect(confirmed).toContain('ConfirmedSince 20 Nov 2025');
  expect(screen.getByText('2 of 3')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  await waitFor(async () => expect(await rows()).toHaveLength(3));
  expect((await rows())[2]?.textContent).toContain('The mail server does not know the address');
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

it('counts the states, filters by them, and searches', async () => {
  const { asked } = serveSubscribers(SUBSCRIBERS);
  const { user } = renderAt(PATH);
  await rows();
  const filter = within(screen.getByRole('group', { name: 'State of subscribers' }));
  expect(filter.getAllByRole('button').map(({ textContent }) => textContent)).toEqual([
    'All 3',
    'Confirmed 1',
    'Waiting 1',
    'Unsubscribed 1',
  ]);
  await user.click(filter.getByRole('button', { name: 'Unsubscribed 1' }));
  await waitFor(async () => expect(await rows()).toHaveLength(1));
  expect(window.location.search).toBe('?state=unsubscribed');
  await user.type(screen.getByRole('searchbox', { name: 'Search subscribers' }), 'ada');
  expect(await screen.findByText('No matching subscribers')).toBeTruthy();
  expect(asked.at(-1)).toEqual({ state: 'unsubscribed', search: 'ada', limit: '25' });
});

it('removes a subscriber once that is confirmed, and shows why that was rejected', async () => {
  const { list } = serveSubscribers(SUBSCRIBERS.slice(1, 2));
  server.use(
    http.delete('/status-pages/{id}/subscribers/{subscriber}', () => problem(409, 'try again later'), {
      once: true,
    }),
    http.delete('/status-pages/{id}/subscribers/{subscriber}', ({ params }) => {
      list.stored = list.stored.filter(({ id }) => id !== params.subscriber);
      return noContent();
    }),
  );
  const { user } = renderAt(PATH);
  await user.click(await screen.findByRole('button', { name: 'Remove ada@example.org' }));
  const dialog = within(screen.getByRole('alertdialog', { name: 'Remove ada@example.org?' }));
  expect(dialog.getByText(/can subscribe again/)).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Remove subscriber' }));
  expect(await dialog.findByText('try again later')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Remove subscriber' }));
  expect(await screen.findByText('ada@example.org removed')).toBeTruthy();
  expect(screen.getByRole('heading', { name: 'No email subscribers yet' })).toBeTruthy();
});

it('explains how visitors subscribe where there is nobody, and asks addresses for chosen components', async () => {
  serveSubscribers([], statusPage({ published: false }));
  const sent: unknown[] = [];
  server.use(
    http.post(
      '/status-pages/{id}/subscribers',
      () => problem(422, '1 field is invalid', [{ field: 'addresses.1', message: 'is too long' }]),
      { once: true },
    ),
    http.post('/status-pages/{id}/subscribers', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ asked: 1, unchanged: 1 }, { status: 202 });
    }),
  );
  const { user } = renderAt(PATH);
  expect(await screen.findByText(/Visitors choose Subscribe on the page/)).toBeTruthy();
  expect(screen.getByText(/while the page is not published/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add subscribers' }));
  const dialog = within(screen.getByRole('dialog'));
  const submit = () => user.click(dialog.getByRole('button', { name: 'Add subscribers' }));
  await submit();
  expect(await dialog.findByText('Required')).toBeTruthy();
  const field = dialog.getByLabelText('Email addresses');
  await user.type(field, 'a@b.example, nobody');
  expect(await dialog.findByText('nobody is not a valid email address')).toBeTruthy();
  await user.clear(field);
  await user.type(field, 'a@b.example, c@d.example a@b.example');
  await user.click(dialog.getByRole('radio', { name: 'Chosen components' }));
  await submit();
  expect(await dialog.findByText('Choose at least one component')).toBeTruthy();
  await user.click(dialog.getByRole('checkbox', { name: /^Search/ }));
  await submit();
  expect(await dialog.findByText('is too long')).toBeTruthy();
  await submit();
  expect(await screen.findByText('1 confirmation email on the way, 1 address left as they are')).toBeTruthy();
  expect(sent).toEqual([{ addresses: ['a@b.example', 'c@d.example'], components: [3] }]);
});

it('says what came of the newest update that subscribers were notified of', async () => {
  const older = statusReport({ id: 2, title: 'Slow search', updates: [reportUpdate({ id: 30 })] });
  const updates = [
    reportUpdate({ id: 33, notified: false, at: '2025-11-20T13:00:00.000Z' }),
    reportUpdate({ id: 32, at: '2025-11-20T12:00:00.000Z' }),
  ];
  serveSubscribers(SUBSCRIBERS, statusPage(), 'admin', [older, statusReport({ updates })]);
  server.use(
    http.get('/status-reports/{id}/notices', ({ params }) => {
      expect(params.id).toBe('3');
      return HttpResponse.json({
        items: [updateNotices({ update_id: 32, sent: 7 }), updateNotices({ update_id: 31, sent: 5 })],
      });
    }),
  );
  renderAt(PATH);
  const section = within(await screen.findByRole('region', { name: 'Last notification' }));
  expect(section.getByRole('link', { name: 'Payments fail' })).toBeTruthy();
  expect(await section.findByText('7 emails sent')).toBeTruthy();
});

it('is for admins', async () => {
  serveSubscribers(SUBSCRIBERS, statusPage(), 'editor');
  renderAt(PATH);
  expect(await screen.findByText(/^Admins and owners can/)).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Subscribers' })).toBeNull();
  expect(screen.queryByText('ada@example.org')).toBeNull();
});
