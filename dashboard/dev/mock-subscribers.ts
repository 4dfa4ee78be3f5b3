/** Mock subscribers of status pages, and what came of the emails to them. */
import type { StatusReport, Subscriber, SubscriberState, UpdateNotices } from '../src/api/models';
import { fail, lookup, on, pageOf } from './mock-routes';
import { pages } from './mock-status-pages';

const DAY_MS = 86_400_000;
const NAMES = [
  'ada',
  'grace',
  'linus',
  'margaret',
  'edsger',
  'barbara',
  'donald',
  'frances',
  'alan',
  'karen',
];
const HOSTS = ['example.org', 'shop.example', 'customer.example.net', 'university.example'];

const at = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

/** By the page. */
const subscribers = new Map<number, Subscriber[]>();

function subscriber(address: string, state: SubscriberState, days: number): Subscriber {
  return {
    id: crypto.randomUUID(),
    address,
    state,
    components: null,
    created_at: at(days),
    confirmed_at: state === 'pending' ? null : at(days - 0.01),
    unsubscribed_at: state === 'unsubscribed' ? at(days / 2) : null,
    unsubscribed_by: state === 'unsubscribed' ? 'recipient' : null,
    expires_at: state === 'pending' ? at(days - 7) : null,
    error: null,
  };
}

/** Those of the first page: enough for several pages of the list, of every state. */
export function createSubscribers(): void {
  const [page] = pages.values();
  if (!page) return;
  const components = page.groups.flatMap((group) => group.components.map(({ id }) => id));
  const made = Array.from({ length: 68 }, (_, index) => {
    const address = `${NAMES[index % 10]}${index > 9 ? index : ''}@${HOSTS[index % 4]}`;
    const state = index < 3 ? 'pending' : index % 11 === 7 ? 'unsubscribed' : 'confirmed';
    const one = subscriber(address, state, index * 1.7 + 0.2);
    return index % 5 === 4 ? { ...one, components: components.slice(1, 3 + (index % 2)) } : one;
  });
  const [first, , , , full, , , gone] = made;
  if (first) first.address = 'somebody.with.a.rather.long.address@department.of.a.customer.example.com';
  if (full) full.error = '452 4.2.2 mailbox is full';
  if (gone) {
    gone.unsubscribed_by = 'mail_server';
    gone.error = '550 5.1.1 no such user';
  }
  subscribers.set(page.id, made);
}

const of = (pageId: string): Subscriber[] => subscribers.get(lookup(pages, pageId).id) ?? [];

/** How far the emails about the updates of a report are: the last one is on its way. */
export function noticesOf(report: StatusReport): UpdateNotices[] {
  const all = (subscribers.get(report.status_page_id) ?? []).filter(
    ({ state }) => state === 'confirmed',
  ).length;
  return report.updates
    .filter((update) => update.notified)
    .map((update, index) => {
      const age = Date.now() - Date.parse(update.at);
      const waiting = Math.max(0, all - Math.floor(age / 500));
      const isOld = index > 0 && all > 10;
      const rest = all - waiting - (isOld ? 5 : 0);
      return {
        update_id: update.id,
        waiting,
        sent: rest,
        refused: isOld ? 2 : 0,
        given_up: isOld ? 1 : 0,
        dropped: isOld ? 2 : 0,
        destinations: { waiting: 0, delivered: 2, refused: isOld ? 1 : 0, given_up: 0, dropped: 0 },
      };
    });
}

on('get', '/status-pages/{id}/subscribers', ({ id, query }) => {
  const all = of(id);
  const count = (state: SubscriberState) => all.filter((each) => each.state === state).length;
  const { state, search = '' } = query;
  const matching = all.filter(
    (each) => (!state || each.state === state) && each.address.includes(search.toLowerCase()),
  );
  return {
    ...pageOf(matching, query),
    counts: {
      pending: count('pending'),
      confirmed: count('confirmed'),
      unsubscribed: count('unsubscribed'),
    },
  };
});
on('post', '/status-pages/{id}/subscribers', ({ id, body }) => {
  const known = of(id);
  const addresses = body.addresses ?? [];
  const wrong = addresses.findIndex((each) => each.includes('invalid'));
  if (wrong !== -1) {
    fail(422, '1 field is not valid', [{ field: `addresses.${wrong}`, message: 'is not an email address' }]);
  }
  const fresh = addresses.filter((address) => !known.some((each) => each.address === address));
  const added = fresh.map((address) => ({
    ...subscriber(address, 'pending', 0),
    components: body.components ?? null,
  }));
  subscribers.set(Number(id), [...added, ...known]);
  return { asked: fresh.length, unchanged: addresses.length - fresh.length };
});
on('delete', '/status-pages/{id}/subscribers/{subscriber}', ({ id, params }) => {
  subscribers.set(
    Number(id),
    of(id).filter((each) => each.id !== params.subscriber),
  );
  return undefined;
});
