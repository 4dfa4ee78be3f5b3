/** Mock status pages. Slug "taken" is taken, and a host name with "proven" in it is proven when it is looked up. */
import type { ComponentGroup, StatusPage, StatusPageInput } from '../src/api/models';
import * as accounts from './mock-accounts';
import * as data from './mock-data';
import { fail, list, lookup, on } from './mock-routes';
import { previewOf } from './mock-status-preview';

const PAGES_URL = 'https://status.uptime.example';

const now = () => new Date().toISOString();
const before = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

export const pages = new Map<number, StatusPage>();

function groupsOf(groups: NonNullable<StatusPageInput['groups']>): ComponentGroup[] {
  return groups.map(({ name, is_open, components = [] }, at) => ({
    name: name ?? null,
    is_open: is_open ?? true,
    components: components.map((component, index) => {
      const monitor = data.monitors.get(component.monitor_id ?? 0);
      const called = component.name ?? monitor?.name ?? '';
      if (called.includes('invalid')) {
        fail(422, '1 field is not valid', [
          { field: `groups.${at}.components.${index}.name`, message: 'must not be rude' },
        ]);
      }
      return {
        id: component.id ?? data.nextId(),
        name: called,
        description: component.description ?? null,
        monitor_id: component.monitor_id ?? null,
        monitor_name: monitor?.name ?? null,
        monitor_state: monitor?.status.state ?? null,
        external: component.external
          ? {
              url: component.external.url ?? '',
              component: component.external.component ?? null,
              state: 'operational',
              read_at: now(),
              problem: null,
            }
          : null,
        show_history: component.show_history ?? true,
        show_uptime: component.show_uptime ?? true,
        show_latency: component.show_latency ?? false,
      };
    }),
  }));
}

function accessOf(
  input: NonNullable<StatusPageInput['access']>,
  old: StatusPage['access'],
): StatusPage['access'] {
  const { kind, password, email_domains: domains, networks } = input;
  const wrong = networks?.findIndex((network) => !/^[0-9a-f.:]+(\/\d+)?$/.test(network)) ?? -1;
  if (wrong !== -1) {
    fail(422, '1 field is not valid', [
      { field: `access.networks.${wrong}`, message: 'is not a network such as 192.0.2.0/24' },
    ]);
  }
  return {
    kind: kind ?? old.kind,
    has_password: kind === 'password' && (password != null || old.has_password),
    email_domains: domains ?? [],
    networks: networks ?? [],
  };
}

const domainOf = (host: string, slug: string): StatusPage['custom_domain'] => ({
  host,
  record_name: `_uptime-monitor.${host}`,
  record_value: `uptime-monitor-verification=${slug}-4f2a9c`,
  proven_at: null,
  checked_at: null,
  problem: null,
});

function changed(page: StatusPage, input: StatusPageInput): StatusPage {
  const { groups, access, logo, custom_domain: host, ...fields } = input;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const next: StatusPage = { ...page, ...given };
  if (next.slug === 'taken')
    fail(409, 'there is such a page already', [{ field: 'slug', message: 'is taken' }]);
  if (groups) next.groups = groupsOf(groups);
  if (access) next.access = accessOf(access, page.access);
  if (logo !== undefined) next.has_logo = logo !== null;
  if (host !== undefined) next.custom_domain = host === null ? null : domainOf(host, next.slug);
  return { ...next, url: `${PAGES_URL}/${next.slug}` };
}

const slugOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);

const blank = (): StatusPage => ({
  id: data.nextId(),
  slug: '',
  url: null,
  title: '',
  description: null,
  contact_url: null,
  published: true,
  accent_colour: '#1f6feb',
  theme: 'auto',
  locale: 'en',
  time_zone: 'UTC',
  allow_index: false,
  history_days: 90,
  show_maintenance: true,
  report_automatically_after_minutes: null,
  has_logo: false,
  access: { kind: 'public', has_password: false, email_domains: [], networks: [] },
  custom_domain: null,
  groups: [],
  version: 1,
  created_at: now(),
  updated_at: now(),
});

function add(input: StatusPageInput): StatusPage {
  const page = changed({ ...blank(), slug: slugOf(input.title ?? '') }, input);
  pages.set(page.id, page);
  return page;
}

function save(id: string, input: StatusPageInput, ifMatch: string | undefined): StatusPage {
  const page = lookup(pages, id);
  if (ifMatch && ifMatch !== `"${page.version}"`) fail(412, 'it was changed in the meantime');
  return Object.assign(page, changed(page, input), { version: page.version + 1, updated_at: now() });
}

export function createStatusPages(): void {
  const ids = [...data.monitors.keys()];
  const of = (at: number, name?: string) => ({ monitor_id: ids[at] ?? null, ...(name && { name }) });
  add({
    title: 'Example Cloud',
    slug: 'example-cloud',
    description: 'How our services are doing. [Support](https://example.org/support) helps around the clock.',
    contact_url: 'mailto:support@example.org',
    groups: [
      { components: [of(0)] },
      {
        name: 'Shop',
        components: [
          { ...of(1, 'Checkout'), description: 'Paying with cards, PayPal and invoices' },
          of(2),
          of(5, 'Images of products'),
        ],
      },
      {
        name: 'Customers',
        is_open: false,
        components: [of(4), { name: 'Phone support', description: 'Weekdays from 8 to 18' }],
      },
    ],
  });
  const internal = add({
    title: 'Internal systems',
    slug: 'internal',
    access: { kind: 'members' },
    custom_domain: 'status.internal.example.org',
    groups: [{ components: [of(7), of(8)] }],
  });
  if (internal.custom_domain) {
    internal.custom_domain.problem = 'there is no TXT record _uptime-monitor.status.internal.example.org';
    internal.custom_domain.checked_at = before(1);
  }
  add({ title: 'Draft of the partner page', published: false, access: { kind: 'password', password: 'x' } });
}

on('get', '/status-pages', () => list(accounts.isEmpty() ? [] : [...pages.values()]));
on('post', '/status-pages', ({ body }) => add(body));
on('post', '/status-pages/preview', ({ body }) => ({ html: previewOf(changed(blank(), body)) }));
on('get', '/status-pages/{id}', ({ id }) => lookup(pages, id));
on('patch', '/status-pages/{id}', ({ id, body, req }) => save(id, body, req.headers['if-match']));
on('delete', '/status-pages/{id}', ({ id }) => {
  pages.delete(Number(id));
  return undefined;
});
on('post', '/status-pages/{id}/preview', ({ id, body }) => ({
  html: previewOf(changed(lookup(pages, id), body)),
}));
on('post', '/status-pages/{id}/prove-domain', ({ id }) => {
  const page = lookup(pages, id);
  const domain = page.custom_domain ?? fail(409, 'it has no host name of its own');
  const isProven = domain.host.includes('proven');
  domain.checked_at = now();
  domain.proven_at = isProven ? now() : null;
  domain.problem = isProven ? null : `there is no TXT record ${domain.record_name}`;
  page.version++;
  return page;
});
on('post', '/status-pages/{id}/visit', ({ id }) => ({ url: `${lookup(pages, id).url}/enter?visit=mock` }));
on('get', '/status-pages/{id}/statistics', ({ id }) => {
  lookup(pages, id);
  const days = Array.from({ length: 90 }, (_, at) => ({
    date: before((89 - at) * 24).slice(0, 10),
    views: at < 20 ? 0 : (at * 7919) % 400,
  }));
  return { days, subscribers: 128, waiting_subscribers: 3 };
});
