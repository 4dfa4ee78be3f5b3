/** Mock versions of monitors: whatever is saved makes one, and some monitors have a past. */
import type {
  Monitor,
  MonitorInput,
  MonitorVersion,
  VersionAuthor,
  VersionDifference,
} from '../src/api/models';
import { user } from './mock-audit';
import * as data from './mock-data';
import { fail, found, lookup, on, pageOf } from './mock-routes';

export type Definition = Record<string, unknown>;

export interface Kept extends Omit<MonitorVersion, 'until' | 'changes'> {
  definition: Definition;
}

const HOUR = 3_600_000;
const MAX_KEPT = 200;

/** The oldest first. */
const kept = new Map<number, Kept[]>();

const STATE = ['id', 'version', 'revision', 'created_at', 'updated_at', 'status', 'sparkline'];
const LABELS = ['tags', 'external_key', 'severity', 'recipients', 'depends_on', 'flapping', 'anomalies'];
const NOT_DEFINED = new Set([...STATE, ...LABELS, 'uptime_24h', 'muted', 'muted_until', 'definition_error']);

const definitionOf = (monitor: Monitor): Definition =>
  structuredClone(Object.fromEntries(Object.entries(monitor).filter(([field]) => !NOT_DEFINED.has(field))));

const isObject = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (one: unknown, other: unknown) =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

const SECRET = /(^|\.)(password|token|Authorization)$/;

export function differences(before: Definition, after: Definition, path = ''): VersionDifference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [old, now] = [before[name] ?? null, after[name] ?? null];
    const field = path + name;
    if (isSame(old, now)) return [];
    if (isObject(old) && isObject(now)) return differences(old, now, `${field}.`);
    const secret = SECRET.test(field);
    return [{ field, before: secret ? null : old, after: secret ? null : now, secret }];
  });
}

const changesOf = (before: Definition, after: Definition): string[] => [
  ...new Set(differences(before, after).map(({ field }) => field.split('.')[0] ?? field)),
];

/** The versions with one more, unless it is as the last one. */
export function withVersion(all: Kept[], made: Omit<Kept, 'version'>): Kept[] {
  const last = all.at(-1);
  if (last && isSame(last.definition, made.definition)) return all;
  return [...all, { ...made, version: (last?.version ?? 0) + 1 }].slice(-MAX_KEPT);
}

function save(monitor: Monitor, author: VersionAuthor | null, from: string, restored: number | null): void {
  const made = { author, from, restored, definition: definitionOf(monitor) };
  kept.set(monitor.id, withVersion(kept.get(monitor.id) ?? [], made));
}

export const me = (): VersionAuthor => ({ kind: 'member', name: user.name });

/** Makes a definition that of the monitor. */
function replaceBy(monitor: Monitor, definition: Definition): void {
  for (const field of Object.keys(definitionOf(monitor))) Reflect.deleteProperty(monitor, field);
  Object.assign(monitor, structuredClone(definition));
}

/** The versions of a monitor, with what was saved since somebody looked last. */
function versionsOf(id: string): Kept[] {
  const monitor = lookup(data.monitors, id);
  if (monitor.name === 'Checkout API' && !kept.has(monitor.id)) createPast(monitor);
  save(monitor, me(), kept.has(monitor.id) ? new Date().toISOString() : monitor.created_at, null);
  return found(kept.get(monitor.id));
}

export function viewOf(all: Kept[], at: number): MonitorVersion {
  const { definition, ...shown } = found(all[at]);
  const before = all[at - 1];
  return {
    ...shown,
    until: all[at + 1]?.from ?? null,
    changes: before ? changesOf(before.definition, definition) : [],
  };
}

export function placeOf(all: Kept[], version: string): number {
  const at = all.findIndex((each) => each.version === Number(version));
  return at === -1 ? fail(404, 'there is no such version') : at;
}

const LONG_BODY = Array.from({ length: 30 }, (_, line) => `{"line": ${line}, "cart": ["a", "b"]}`).join('\n');

/** A past of more than a page, in which intervals go up and down. Its last steps are of every sort, up to what is now. */
function createPast(monitor: Monitor): void {
  const grace: VersionAuthor = { kind: 'member', name: 'Grace Hopper' };
  const deployment: VersionAuthor = { kind: 'api_key', name: 'Deployment' };
  const authors = [grace, deployment, null, me()];
  const before = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
  const now = definitionOf(monitor);
  const set = (fields: Definition, at: number, author: VersionAuthor | null) => {
    replaceBy(monitor, { ...definitionOf(monitor), ...fields });
    save(monitor, author, before(at), null);
  };
  for (let step = 60; step > 4; step--) {
    set({ interval_seconds: step % 2 === 0 ? 60 : 30 }, step * 7, authors[step % authors.length] ?? null);
  }
  const http = { ...monitor.http, body: LONG_BODY };
  set({ http }, 20, grace);
  set({ http: { ...http, headers: { Authorization: '***' } }, timeout_ms: 5_000 }, 9, me());
  // More than is allowed by now: this one cannot be restored.
  set({ retries: 9, down_after: 3, down_of: 5 }, 4, grace);
  replaceBy(monitor, now);
  save(monitor, me(), before(1), null);
}

on('get', '/monitors/{id}/versions', ({ id, query }) => {
  const all = versionsOf(id);
  return pageOf(all.map((_, at) => viewOf(all, at)).reverse(), query);
});
on('get', '/monitors/{id}/versions/{version}', ({ id, params: { version = '' }, query }) => {
  const all = versionsOf(id);
  const at = placeOf(all, version);
  const other = query.against ? all[placeOf(all, query.against)] : all[at - 1];
  const { definition } = found(all[at]);
  return {
    ...viewOf(all, at),
    definition: definition as MonitorInput,
    differences: other ? differences(other.definition, definition) : [],
  };
});
on('post', '/monitors/{id}/versions/{version}/restore', ({ id, params: { version = '' }, req }) => {
  const all = versionsOf(id);
  const monitor = lookup(data.monitors, id);
  const expected = req.headers['if-match'];
  if (expected && expected !== `"${monitor.version}"`) fail(412, 'it was changed in the meantime');
  const { definition } = found(all[placeOf(all, version)]);
  if (Number(definition.retries) > 5) {
    fail(422, '1 field is not valid', [{ field: 'retries', message: 'must be between 0 and 5' }]);
  }
  replaceBy(monitor, definition);
  monitor.version += 1;
  save(monitor, me(), new Date().toISOString(), Number(version));
  return monitor;
});
