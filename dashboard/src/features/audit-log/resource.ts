import type { AuditEvent } from '@/api/models';

const textIn = (value: unknown, field: string): string | null => {
  const text = (value as Record<string, unknown> | null | undefined)?.[field];
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null;
};

const NAMES = ['name', 'title', 'monitor_name', 'email', 'address', 'url', 'reason'];

/** The names of what is there, by its kind and id: a change has only what it changed. */
export type KnownNames = ReadonlyMap<string, string>;

export const knownAs = (resource: string, id: number | string): string => `${resource} ${id}`;

/** The version that was restored; null where none was. */
export function restoredVersion({ after }: Pick<AuditEvent, 'after'>): number | null {
  const version = (after as Record<string, unknown> | null | undefined)?.restored_version;
  return typeof version === 'number' ? version : null;
}

/** What the resource of a change was called; where that was changed, what it is called now. Null if it has no name. */
export function resourceName(
  { before, after, resource, resource_id: id }: AuditEvent,
  known: KnownNames,
): string | null {
  for (const field of NAMES) {
    const name = textIn(after, field) ?? textIn(before, field);
    if (name) return name;
  }
  // They have the id of their monitor.
  const of = resource === 'ping_addresses' ? 'monitor' : resource;
  return (id !== null && known.get(knownAs(of, id))) || null;
}
