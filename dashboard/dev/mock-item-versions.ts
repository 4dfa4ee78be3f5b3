/** Mock versions of windows, routes, policies and schedules: whatever is saved makes one, and each has two from before. */
import type { VersionedKind } from '../src/api/keys';
import type { OnCallLayer, OnCallSchedule, OnCallScheduleInput, VersionAuthor } from '../src/api/models';
import { policies, routes } from './mock-alert-policy';
import { monitors } from './mock-data';
import { schedules } from './mock-on-call';
import { fail, found, on, pageOf } from './mock-routes';
import { type Definition, differences, type Kept, me, placeOf, viewOf, withVersion } from './mock-versions';
import { windows } from './mock-windows';

type ItemKind = Exclude<VersionedKind, 'monitors'>;

/** What all of them have. */
type Item = Pick<OnCallSchedule, 'id' | 'name' | 'version' | 'created_at' | 'updated_at'>;

interface Items {
  all: ReadonlyMap<number, Item>;
  /** What can be sent of one. */
  fields: readonly string[];
  /** What was otherwise before. */
  earlier: () => Definition;
}

const HOUR = 3_600_000;

const FORMER_LAYER: OnCallLayer = {
  people: [1, 2],
  starts_at: '2026-01-05T09:00:00',
  rotation: { every: 2, unit: 'days' },
  restrictions: [
    { repeat: 'weekly', from_day: 'Mon', from: '08:00:00', until_day: 'Fri', until: '18:00:00' },
  ],
};

const ITEMS: Record<ItemKind, Items> = {
  'maintenance-windows': {
    all: windows,
    fields: [
      ...['name', 'monitors', 'tags', 'repeat', 'weekday', 'from', 'until', 'starts', 'rule', 'minutes'],
      'time_zone',
    ],
    earlier: () => ({ monitors: [...monitors.keys()].slice(2, 5) }),
  },
  'alert-routes': {
    all: routes,
    fields: ['name', 'conditions', 'recipients', 'continue'],
    earlier: () => ({ conditions: { severities: ['critical'] } }),
  },
  'escalation-policies': {
    all: policies,
    fields: ['name', 'steps', 'repeats', 'repeat_after_minutes', 'acknowledgement_minutes'],
    earlier: () => ({ repeats: 1, acknowledgement_minutes: 15 }),
  },
  'on-call-schedules': {
    all: schedules,
    fields: ['name', 'time_zone', 'layers'],
    earlier: () => ({ layers: [FORMER_LAYER] }),
  },
};

/** The oldest first, by their kind and id. */
const kept = new Map<string, Kept[]>();

function definitionOf(item: Item, kind: ItemKind): Definition {
  const { fields } = ITEMS[kind];
  return structuredClone(
    Object.fromEntries(Object.entries(item).filter(([field]) => fields.includes(field))),
  );
}

const grace: VersionAuthor = { kind: 'member', name: 'Grace Hopper' };

/** Two definitions that it had before what it is. */
function pastOf(now: Definition, kind: ItemKind): Kept[] {
  const before = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
  const earlier = { ...now, ...ITEMS[kind].earlier() };
  const made = { restored: null };
  const first = { ...earlier, name: `Draft of ${String(now.name)}` };
  const steps = [
    { ...made, author: null, from: before(90), definition: first },
    { ...made, author: grace, from: before(40), definition: earlier },
    { ...made, author: me(), from: before(3), definition: now },
  ];
  return steps.reduce<Kept[]>(withVersion, []);
}

const itemOf = (kind: ItemKind, id: string): Item => found(ITEMS[kind].all.get(Number(id)));

/** The versions of one, with what was saved since somebody looked last. */
function versionsOf(kind: ItemKind, id: string): Kept[] {
  const key = `${kind}/${id}`;
  const definition = definitionOf(itemOf(kind, id), kind);
  const made = { author: me(), from: new Date().toISOString(), restored: null, definition };
  const all = withVersion(kept.get(key) ?? pastOf(definition, kind), made);
  kept.set(key, all);
  return all;
}

function restore(kind: ItemKind, id: string, version: string, expected: string | undefined): Item {
  const all = versionsOf(kind, id);
  const item = itemOf(kind, id);
  if (expected && expected !== `"${item.version}"`) fail(412, 'it was changed in the meantime');
  const { definition } = found(all[placeOf(all, version)]);
  for (const field of ITEMS[kind].fields) Reflect.deleteProperty(item, field);
  const from = new Date().toISOString();
  Object.assign(item, structuredClone(definition), { version: item.version + 1, updated_at: from });
  const made = { author: me(), from, restored: Number(version), definition };
  kept.set(`${kind}/${id}`, withVersion(all, made));
  return item;
}

// The paths are alike, and so is what they answer but for the definition: one of them stands for all.
for (const kind of Object.keys(ITEMS) as ItemKind[]) {
  const list = `/${kind}/{id}/versions` as '/on-call-schedules/{id}/versions';
  const one = `${list}/{version}` as '/on-call-schedules/{id}/versions/{version}';
  on('get', list, ({ id, query }) => {
    const all = versionsOf(kind, id);
    return pageOf(all.map((_, at) => viewOf(all, at)).reverse(), query);
  });
  on('get', one, ({ id, params: { version = '' }, query }) => {
    const all = versionsOf(kind, id);
    const at = placeOf(all, version);
    const other = query.against ? all[placeOf(all, query.against)] : all[at - 1];
    const { definition } = found(all[at]);
    return {
      ...viewOf(all, at),
      definition: definition as OnCallScheduleInput,
      differences: other ? differences(other.definition, definition) : [],
    };
  });
  on(
    'post',
    `${one}/restore` as '/on-call-schedules/{id}/versions/{version}/restore',
    ({ id, params: { version = '' }, req }) =>
      restore(kind, id, version, req.headers['if-match']) as OnCallSchedule,
  );
}
