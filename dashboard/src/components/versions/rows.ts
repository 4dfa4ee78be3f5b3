import type { FieldProblem } from '@/api/models';
import { formatCount } from '@/lib/format';
import { versionMessages as messages } from '@/messages/versions';

/** A setting that differs, as it is shown. */
export interface Row {
  /** Its path. */
  field: string;
  label: string;
  /** Null where it is not set. */
  before: string | null;
  after: string | null;
  isSecret: boolean;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Text, a number or a list of those, for a field that has no unit. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatCount(value);
  if (typeof value === 'boolean') return value ? messages.yes : messages.no;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join('\n');
  return JSON.stringify(value);
}

/** What the server has against restoring, at the settings that it names; the rest is of none that is shown. */
export function problemsAt(rows: readonly Row[], problems: readonly FieldProblem[]) {
  const atRows = new Map<string, string>();
  const others: FieldProblem[] = [];
  for (const problem of problems) {
    const { field, message } = problem;
    const row =
      rows.find((each) => field === each.field || field.startsWith(`${each.field}.`)) ??
      rows.find((each) => each.field.startsWith(`${field}.`));
    if (row && !atRows.has(row.field)) atRows.set(row.field, message);
    else others.push(problem);
  }
  return { atRows, others };
}
