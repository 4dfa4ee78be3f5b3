import type { AuditEvent } from '@/api/models';

const textIn = (value: unknown, field: string): string | null => {
  const text = (value as Record<string, unknown> | null | undefined)?.[field];
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null;
};

const NAMES = ['name', 'monitor_name', 'email', 'address', 'url'];

/** What the resource of a change was called; where that was changed, what it is called now. */
export function resourceName({ before, after, resource_id: id }: AuditEvent): string {
  for (const field of NAMES) {
    const name = textIn(after, field) ?? textIn(before, field);
    if (name) return name;
  }
  return id === null ? '' : `#${id}`;
}
