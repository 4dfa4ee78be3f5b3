/** A field that is not as it was. */
export interface FieldChange {
  field: string;
  before: string | null;
  after: string | null;
}

/** They follow from the change, and say nothing about it. */
const IGNORED = new Set(['id', 'version', 'revision', 'created_at', 'updated_at', 'joined_at', 'user_id']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The fields of an object and of those in it: `http.method`. Lists stay whole; null is none. */
function fieldsOf(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (!isObject(value)) return found;
  for (const [name, inner] of Object.entries(value)) {
    if (path === '' && IGNORED.has(name)) continue;
    const field = path + name;
    if (isObject(inner)) fieldsOf(inner, `${field}.`, found);
    else if (inner !== null && inner !== undefined) found.set(field, show(inner));
  }
  return found;
}

/** What differs, in the order of the fields. */
export function diff(before: unknown, after: unknown): FieldChange[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((field) => ({ field, before: old.get(field) ?? null, after: now.get(field) ?? null }))
    .filter((change) => change.before !== change.after);
}
