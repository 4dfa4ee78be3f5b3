type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What was typed instead of `base` stays; everything else is as in `latest`. Lists are replaced as a whole. */
export function rebase<T>(base: T, typed: T, latest: T): T {
  if (isObject(base) && isObject(typed) && isObject(latest)) {
    const names = Object.keys({ ...latest, ...typed });
    return Object.fromEntries(
      names.map((name) => [name, rebase(base[name], typed[name], latest[name])]),
    ) as T;
  }
  return isSame(base, typed) ? latest : typed;
}
