/** Mock destinations of status pages. Names with "refused" refuse every update; a secret is made for webhooks. */
import type {
  Destination,
  DestinationConfig,
  DestinationDelivery,
  DestinationInput,
  StatusReport,
} from '../src/api/models';
import * as data from './mock-data';
import { fail, found, list, lookup, on, pageOf } from './mock-routes';
import { pages } from './mock-status-pages';

const NEW_SECRET = 'whsec_q1yJr8JtV8rMI2G8p0z3bF7oPjW6kQmS4xN9dLhT5aE=';
const now = () => new Date().toISOString();
const before = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

/** By the page. */
const destinations = new Map<number, Destination[]>();

const of = (pageId: string): Destination[] => destinations.get(lookup(pages, pageId).id) ?? [];

/** What a configuration is shown as: secrets are hidden. */
function shown(config: DestinationConfig): DestinationConfig {
  const hidden = (url: string) => `${new URL(url).origin}/…`;
  return {
    ...config,
    ...(config.webhook_url && { webhook_url: hidden(config.webhook_url) }),
    ...(config.workflow_url && { workflow_url: hidden(config.workflow_url) }),
    ...(config.url && { secret: '***' }),
  };
}

function save(pageId: string, input: DestinationInput, old?: Destination): Destination {
  for (const field of ['url', 'webhook_url', 'workflow_url'] as const) {
    const url = input.config?.[field];
    if (url && !url.startsWith('https://')) {
      fail(422, '1 field is not valid', [{ field: `config.${field}`, message: 'must start with https://' }]);
    }
  }
  const kind = old?.kind ?? input.kind ?? 'webhook';
  const { previous_secret: previous, ...known } = old?.config ?? {};
  const isMade = kind === 'webhook' && (!old || input.config?.secret === null);
  const isKept = input.config?.previous_secret !== null && (previous != null || (old && isMade));
  const saved: Destination = {
    id: old?.id ?? data.nextId(),
    kind,
    name: input.name ?? old?.name ?? '',
    config: {
      ...shown({ ...known, ...input.config }),
      ...(isKept && { previous_secret: '***' }),
    },
    components: input.components === undefined ? (old?.components ?? null) : input.components,
    enabled: input.enabled ?? old?.enabled ?? true,
    gone_at: input.enabled ? null : (old?.gone_at ?? null),
    last_delivery: old?.last_delivery ?? null,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? now(),
    updated_at: now(),
  };
  const others = of(pageId).filter((each) => each.id !== saved.id);
  destinations.set(
    Number(pageId),
    [...others, saved].sort((a, b) => a.id - b.id),
  );
  return isMade ? { ...saved, config: { ...saved.config, secret: NEW_SECRET } } : saved;
}

/** Those of the first page: one that works, one that was refused, one that is gone. */
export function createDestinations({ id: reportId, title }: StatusReport, updateId: number): void {
  const [page] = pages.values();
  if (!page) return;
  const id = String(page.id);
  const [, , search] = page.groups.flatMap(({ components }) => components);
  const delivery = (changes: Partial<NonNullable<Destination['last_delivery']>>) => ({
    id: crypto.randomUUID(),
    status_report_id: reportId,
    title,
    update_id: updateId,
    update_status: 'identified' as const,
    status: 'delivered' as const,
    attempts: 1,
    http_status: 200,
    error: null,
    created_at: before(1.2),
    attempted_at: before(1.2),
    delivered_at: before(1.2),
    next_attempt_at: null,
    ...changes,
  });
  save(id, {
    kind: 'webhook',
    name: 'Customer portal',
    config: { url: 'https://portal.example.org/status' },
  });
  save(id, {
    kind: 'slack',
    name: '#announcements',
    config: { webhook_url: 'https://hooks.slack.com/services/T0/B0/x' },
    components: search ? [search.id] : null,
  });
  save(id, {
    kind: 'teams',
    name: 'Support team, refused',
    config: { workflow_url: 'https://prod-1.westeurope.logic.azure.com/workflows/x' },
    enabled: false,
  });
  const [portal, , teams] = of(id);
  if (portal) portal.last_delivery = delivery({});
  if (teams) {
    teams.gone_at = before(1);
    teams.last_delivery = delivery({
      status: 'refused',
      http_status: 404,
      error: 'HTTP 404: workflow not found',
      delivered_at: null,
    });
  }
}

const one = (pageId: string, destination = '') =>
  found(of(pageId).find((each) => each.id === Number(destination)));

on('get', '/status-pages/{id}/destinations', ({ id }) => list(of(id)));
on('post', '/status-pages/{id}/destinations', ({ id, body }) => save(id, body));
on('get', '/status-pages/{id}/destinations/{destination}', ({ id, params }) => one(id, params.destination));
on('patch', '/status-pages/{id}/destinations/{destination}', ({ id, params, body }) =>
  save(id, body, one(id, params.destination)),
);
on('delete', '/status-pages/{id}/destinations/{destination}', ({ id, params }) => {
  const gone = one(id, params.destination);
  destinations.set(
    Number(id),
    of(id).filter((each) => each !== gone),
  );
  return undefined;
});
on('post', '/status-pages/{id}/destinations/{destination}/test', ({ id, params }) =>
  one(id, params.destination).name.includes('refused')
    ? { ok: false, error: 'HTTP 404: workflow not found' }
    : { ok: true, error: null },
);
/** Those before the last one were all received, at the second attempt. */
on('get', '/status-pages/{id}/destinations/{destination}/deliveries', ({ id, params, query }) => {
  const { last_delivery: last } = one(id, params.destination);
  if (!last) return list([]);
  const earlier = Array.from({ length: 30 }, (_, n): DestinationDelivery => {
    const at = before(26 + n * 20);
    return {
      ...last,
      id: crypto.randomUUID(),
      title: 'Search returned old results',
      update_id: last.update_id - n - 1,
      update_status: n % 2 === 0 ? 'resolved' : 'investigating',
      status: 'delivered',
      attempts: 2,
      http_status: 200,
      error: null,
      created_at: at,
      attempted_at: at,
      delivered_at: at,
    };
  });
  return pageOf([last, ...earlier], query);
});
