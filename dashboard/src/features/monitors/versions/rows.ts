import type { MonitorKind, VersionDifference } from '@/api/models';
import { isObject, isSame, plainText, type Row } from '@/components/versions/rows';
import { versionMessages as messages } from '@/messages/versions';
import { NEW_MONITOR } from '../monitor-schema';
import { type Field, fieldAt, isKnown, type Names } from './fields';
import { monitorVersionMessages } from './messages';

/** What secrets are shown as. */
const MASK = '***';

/** Parts of which nothing saved means that there is none, and not the default. */
const WITHOUT_DEFAULTS = ['heartbeat.schedule.', 'quorum.'];

/** What a field of the part of a type is in the form where nothing is saved; undefined is nothing. */
function defaultOf(path: string): unknown {
  if (!path.includes('.') || WITHOUT_DEFAULTS.some((part) => path.startsWith(part))) return undefined;
  let value: unknown = NEW_MONITOR;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  if (isObject(value)) return value.count === undefined || value.count === '' ? undefined : value;
  return value === '' ? undefined : value;
}

/** The fields within a value by their paths, such as `http.auth.type`. What is shown as one stays whole. */
function leavesOf(
  path: string,
  value: unknown,
  kind: MonitorKind,
  found = new Map<string, unknown>(),
): Map<string, unknown> {
  if (!isObject(value) || fieldAt(path, kind).isWhole) return found.set(path, value);
  for (const [name, inner] of Object.entries(value)) {
    // A header that only has to be there has no value.
    const isBare = inner === null && path === 'http.expected_headers';
    leavesOf(`${path}.${name}`, isBare ? monitorVersionMessages.anyValue : inner, kind, found);
  }
  return found;
}

/** Paths are those of a monitor; within the part of its type it may be left out. */
const fullPath = (field: string, kind: MonitorKind): string =>
  !isKnown(field) && isKnown(`${kind}.${field}`) ? `${kind}.${field}` : field;

interface Leaf {
  field: string;
  before: unknown;
  after: unknown;
  isSecret: boolean;
}

function leaves({ field, before, after, secret }: VersionDifference, kind: MonitorKind): Leaf[] {
  const path = fullPath(field, kind);
  if (secret || (!isObject(before) && !isObject(after))) {
    return [{ field: path, before, after, isSecret: secret }];
  }
  const [old, now] = [before, after].map((value) =>
    value == null ? new Map<string, unknown>() : leavesOf(path, value, kind),
  ) as [Map<string, unknown>, Map<string, unknown>];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((each) => ({ field: each, before: old.get(each), after: now.get(each), isSecret: false }))
    .filter((leaf) => !isSame(leaf.before, leaf.after));
}

/** The differences as the form has those settings. */
export function rowsOf(differences: readonly VersionDifference[], kind: MonitorKind, names: Names): Row[] {
  // Of another type there is no part at all, and so there are no defaults in it.
  const hasDefaults = differences.every(({ field }) => field !== 'kind');
  const show = (field: string, value: unknown): string | null => {
    const { absent = null, show: given } = fieldAt(field, kind);
    const inWords: NonNullable<Field['show']> = given ?? plainText;
    if (value === MASK) return messages.secret;
    const set = value ?? (hasDefaults ? defaultOf(field) : undefined);
    if (set == null || set === '' || (Array.isArray(set) && set.length === 0)) return absent;
    return inWords(set, names);
  };
  return differences
    .flatMap((difference) => leaves(difference, kind))
    .map(({ field, before, after, isSecret }) => ({
      field,
      label: fieldAt(field, kind).label,
      before: isSecret ? null : show(field, before),
      after: isSecret ? null : show(field, after),
      isSecret,
    }));
}

/** The settings that a definition has, as if nothing had been set before. What is null is left out, or no part of it. */
export const settingsOf = (definition: object, kind: MonitorKind, names: Names): Row[] =>
  rowsOf(
    Object.entries(definition)
      .filter(([field, value]) => value !== null && isKnown(field))
      .map(([field, after]) => ({ field, before: null, after, secret: false })),
    kind,
    names,
  ).filter(({ after }) => after !== null);

/** Ids in differences, for which names are needed. */
export function idsIn(differences: readonly Pick<VersionDifference, 'field' | 'before' | 'after'>[]) {
  const monitors = differences
    .filter(({ field }) => field === 'depends_on')
    .flatMap(({ before, after }) => [before, after])
    .flatMap((ids) => (Array.isArray(ids) ? ids.map(Number) : []));
  const hasRecipients = differences.some(
    ({ field, before, after }) => field.split('.')[0] === 'recipients' && (before ?? after) != null,
  );
  return { monitors: [...new Set(monitors)], hasRecipients };
}

/** The type in a definition. */
export function kindIn(definition: object): MonitorKind {
  const { kind } = definition as { kind?: MonitorKind | null };
  return kind ?? 'http';
}
