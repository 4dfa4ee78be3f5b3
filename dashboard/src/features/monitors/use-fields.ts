import { type FieldError, type FieldValues, get, type Path, type UseFormReturn } from 'react-hook-form';
import type { MonitorForm, MonitorValues } from './monitor-schema';

export type Form = UseFormReturn<MonitorForm, unknown, MonitorValues>;

/** Registers fields of the form together with their errors. */
export function useFields<F extends FieldValues, V>(form: UseFormReturn<F, unknown, V>) {
  const { errors } = form.formState;
  const error = (name: Path<F>): string | undefined => (get(errors, name) as FieldError | undefined)?.message;
  return {
    bind: (name: Path<F>) => ({ error: error(name), ...form.register(name) }),
    hasError: (names: readonly Path<F>[]) => names.some((name) => error(name) !== undefined),
  };
}

/** Props of a numeric field. */
export const NUMERIC = { inputMode: 'numeric', autoComplete: 'off' } as const;

/** Props of a field for technical text. */
export const TECHNICAL = { autoCapitalize: 'none', autoComplete: 'off', spellCheck: false } as const;
