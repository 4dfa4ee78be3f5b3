import { useState } from 'react';
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form';
import { ApiError, asApiError } from '@/api/problem';

/**
 * Puts the server's `errors` at the fields they name ("http.expected_status.0" belongs to
 * "http.expected_status", and "http.auth" to its first field). Answers what is left for a banner: fields the form does not show, or a failure
 * that concerns no field.
 */
export function spreadErrors<T extends FieldValues, O>(
  error: unknown,
  form: UseFormReturn<T, unknown, O>,
  fields: readonly Path<T>[],
): ApiError | null {
  const problem = asApiError(error);
  const homeless: string[] = [];
  let focus = true;
  for (const { field, message } of problem.fields) {
    const home =
      fields.find((name) => field === name || field.startsWith(`${name}.`)) ??
      fields.find((name) => name.startsWith(`${field}.`));
    if (home) {
      form.setError(home, { type: 'server', message }, { shouldFocus: focus });
      focus = false;
    } else {
      homeless.push(`${field} ${message}`);
    }
  }
  if (problem.fields.length === 0) return problem;
  if (homeless.length === 0) return null;
  const detail = `${problem.detail}: ${homeless.join('; ')}`;
  return new ApiError(problem.status, problem.title, detail, [], problem.requestId);
}

export function useServerErrors<T extends FieldValues, O>(
  form: UseFormReturn<T, unknown, O>,
  fields: readonly Path<T>[],
) {
  const [banner, setBanner] = useState<ApiError | null>(null);
  return {
    banner,
    /** Runs the submission; what it throws is shown at the fields or above them. */
    async guard(submit: () => Promise<void>): Promise<void> {
      setBanner(null);
      try {
        await submit();
      } catch (error) {
        setBanner(spreadErrors(error, form, fields));
      }
    },
  };
}
