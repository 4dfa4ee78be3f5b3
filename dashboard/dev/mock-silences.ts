/** Mock silences. */
import type { Silence, SilenceInput, SilenceState } from '../src/api/models';
import { invalid, isEmpty } from './mock-accounts';
import { monitors, nextId } from './mock-data';
import { lookup, on, pageOf } from './mock-routes';
import { allTags } from './mock-tags';

type Stored = Omit<Silence, 'state'>;

const silences = new Map<number, Stored>();
const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();

function stateOf({ starts_at: from, ends_at: until }: Stored): SilenceState {
  const now = Date.now();
  if (Date.parse(until) <= now) return 'ended';
  return Date.parse(from) > now ? 'scheduled' : 'active';
}

const view = (silence: Stored): Silence => ({ ...silence, state: stateOf(silence) });

function save(input: SilenceInput, old?: Stored): Stored {
  const starts_at = input.starts_at ?? old?.starts_at ?? hours(0);
  const ends_at = input.ends_at ?? old?.ends_at ?? '';
  if (Date.parse(ends_at) <= Date.now()) {
    invalid('ends_at', 'must be in the future');
  }
  const silence: Stored = {
    id: old?.id ?? nextId(),
    reason: input.reason ?? old?.reason ?? '',
    monitors: input.monitors ?? old?.monitors ?? [],
    conditions: input.conditions ?? old?.conditions ?? {},
    starts_at,
    ends_at,
    created_by: old ? old.created_by : 'Ada Lovelace',
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? hours(0),
    updated_at: hours(0),
  };
  silences.set(silence.id, silence);
  return silence;
}

export function createSilences(): void {
  const [first = 0, second = 0, ...others] = [...monitors.keys()];
  const tags = allTags().flatMap(({ id, name }) => (name === 'payments' ? [id] : []));
  save({
    reason: 'The provider works on the network of the data centre in Frankfurt until the evening',
    monitors: [first, second, ...others.slice(0, 4)],
    ends_at: hours(3.5),
  });
  const byKey = save({
    reason: 'Deployment of the shop',
    conditions: { tags, severities: ['info', 'warning'], alerts: ['degraded'] },
    ends_at: hours(0.4),
  });
  byKey.created_by = null;
  save({ reason: 'Load test', monitors: [second], starts_at: hours(20), ends_at: hours(26) });
  const everything = save({ reason: 'Move of the office', ends_at: hours(1) });
  Object.assign(everything, { starts_at: hours(-60), ends_at: hours(-50) });
  const spoilt = save({ reason: 'From another version', ends_at: hours(100) });
  Object.assign(spoilt, { conditions: undefined, error: 'its conditions cannot be read' });
}

on('get', '/silences', ({ query }) => {
  const all = [...silences.values()].filter((each) => query.ended || stateOf(each) !== 'ended');
  return pageOf(isEmpty() ? [] : all.map(view), query);
});
on('post', '/silences', ({ body }) => view(save(body)));
on('get', '/silences/{id}', ({ id }) => view(lookup(silences, id)));
on('patch', '/silences/{id}', ({ id, body }) => view(save(body, lookup(silences, id))));
on('post', '/silences/{id}/end', ({ id }) =>
  view(Object.assign(lookup(silences, id), { ends_at: hours(0) })),
);
