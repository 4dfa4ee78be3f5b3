import { useState } from 'react';
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form';
import { ApiError, asApiError } from '@/api/problem';

/**
 * Sets the server's `errors` on the fields they name ("http.expected_status.0" belongs to
 * "http.expected_status", and "http.auth" to its first field). Returns what is left for a banner: errors of
 * fields that the form does not have, or of none.
 */
export function setFieldErrors<T extends FieldValues, O>(
  error: unknown,
  form: UseFormReturn<T, unknown, O>,
  fields: readonly Path<T>[],
  nameOf: (field: string) => string = (field) => field,
): ApiError | null {
  const problem = asApiError(error);
  const unmatched: string[] = [];
  let shouldFocus = true;
  for (const { field: sent, message } of problem.fields) {
    const field = nameOf(sent);
    const target =
      fields.find((name) => field === name || field.startsWith(`${name}.`)) ??
      fields.find((name) => name.startsWith(`${field}.`));
    if (target) {
      form.setError(target, { type: 'server', message }, { shouldFocus });
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
  fields: readonly Path<T>[],
  /** The form's name of a field of the server, where it has another one. */
  nameOf?: (field: string) => string,
) {
  const [banner, setBanner] = useState<ApiError | null>(null);
  return {
    banner,
    /** Runs the submission and shows its errors at the fields or above them. */
    async guard(submit: () => Promise<void>): Promise<void> {
      setBanner(null);
      try {
        await submit();
      } catch (error) {
        setBanner(setFieldErrors(error, form, fields, nameOf));
      }
    },
  };
}
