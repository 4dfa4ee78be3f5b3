import { useEffect, useState } from 'react';
import { type FieldValues, get, type Path, type UseFormReturn } from 'react-hook-form';
import { ApiError, asApiError } from '@/api/problem';
import { focusInvalid } from '@/lib/focus';

const isRow = (part = ''): boolean => /^\d+$/.test(part);

/** Whether the form has all rows that a name is of. */
const hasRows = (parts: readonly string[], values: unknown): boolean =>
  parts.every((part, at) => !isRow(part) || get(values, parts.slice(0, at + 1).join('.')) !== undefined);

/**
 * The field of the form that a field of the server belongs to: the one that has most of its name. Of a list the form names
 * the fields of its first row, `windows.0.from`, which stand for those of every row.
 */
export function fieldOf(sent: string, fields: readonly string[], values: unknown): string | null {
  const given = sent.split('.');
  let found: { name: string; shared: number; more: number } | null = null;
  for (const field of fields) {
    const parts = field.split('.');
    const shared = Math.min(parts.length, given.length);
    const isSame = (part: string, at: number) => part === given[at] || (isRow(part) && isRow(given[at]));
    if (!parts.slice(0, shared).every(isSame)) continue;
    const rest = parts.slice(shared);
    const named = [...given.slice(0, shared), ...rest];
    // What is wrong with a list is not wrong with its first row.
    if (rest.some((part) => isRow(part)) || !hasRows(named, values)) continue;
    const more = rest.length;
    if (!found || shared > found.shared || (shared === found.shared && more < found.more)) {
      found = { name: named.join('.'), shared, more };
    }
  }
  return found?.name ?? null;
}

/**
 * Sets the server's `errors` on the fields they name: "http.expected_status.0" belongs to "http.expected_status",
 * "http.auth" to its first field, and "windows.1.from" to that field of the second row. Returns what is left for a banner:
 * errors of fields that the form does not have, or of none.
 */
export function setFieldErrors<T extends FieldValues, O>(
  error: unknown,
  form: UseFormReturn<T, unknown, O>,
  fields: readonly Path<T>[],
  nameOf: (field: string) => string = (field) => field,
): ApiError | null {
  const problem = asApiError(error);
  const values = form.getValues();
  const unmatched: string[] = [];
  let shouldFocus = true;
  for (const { field: sent, message } of problem.fields) {
    const target = fieldOf(nameOf(sent), fields, values);
    if (target !== null) {
      form.setError(target as Path<T>, { type: 'server', message }, { shouldFocus });
      shouldFocus = false;
    } else {
      unmatched.push(`${sent} ${message}`);
    }
  }
  if (problem.fields.length === 0) return problem;
  if (unmatched.length === 0) return null;
  const detail = `${problem.detail}: ${unmatched.join('; ')}`;
  return new ApiError(problem.status, problem.title, detail, [], problem.requestId);
}

export function useServerErrors<T extends FieldValues, O>(
  form: UseFormReturn<T, unknown, O>,
  /** Of a list, those of its first row. */
  fields: readonly Path<T>[],
  /** The form's name of a field of the server, where it has another one. */
  nameOf?: (field: string) => string,
) {
  const [banner, setBanner] = useState<ApiError | null>(null);
  const [failures, setFailures] = useState(0);
  // The form focuses only what is registered one by one; and what is folded away is not there until the error is shown.
  useEffect(() => {
    if (failures > 0) focusInvalid();
  }, [failures]);
  return {
    banner,
    /** Runs the submission and shows its errors at the fields or above them. */
    async guard(submit: () => Promise<void>): Promise<void> {
      setBanner(null);
      try {
        await submit();
      } catch (error) {
        setBanner(setFieldErrors(error, form, fields, nameOf));
        if (asApiError(error).fields.length > 0) setFailures((count) => count + 1);
      }
    },
  };
}
