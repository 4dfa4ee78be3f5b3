import { type FieldError, get, type Path, type UseFormReturn } from 'react-hook-form';
import type { MonitorForm, MonitorValues } from './monitor-schema';

export type Form = UseFormReturn<MonitorForm, unknown, MonitorValues>;

/** Registers fields of the form together with their errors. */
export function useFields(form: Form) {
  const { errors } = form.formState;
  const error = (name: Path<MonitorForm>): string | undefined =>
    (get(errors, name) as FieldError | undefined)?.message;
  return {
    bind: (name: Path<MonitorForm>) => ({ error: error(name), ...form.register(name) }),
    hasError: (names: readonly Path<MonitorForm>[]) => names.some((name) => error(name) !== undefined),
  };
}

/** Props of a numeric field. */
export const NUMERIC = { inputMode: 'numeric', autoComplete: 'off' } as const;

/** Props of a field for technical text. */
export const TECHNICAL = { autoCapitalize: 'none', autoComplete: 'off', spellCheck: false } as const;
