import { useState } from 'react';
import type { DefaultValues, FieldValues, UseFormReturn } from 'react-hook-form';
import { rebase } from '@/lib/rebase';
import { common } from '@/messages/common';
import { toastSuccess } from './toasts';

/**
 * What a form edits, as it was when the form opened: live updates must not change it while it is edited. `load`
 * replaces it by its latest version, and leaves in the form what was typed.
 */
export function useEdited<T, F extends FieldValues, V>(
  opened: T,
  formOf: (edited: T) => F,
): {
  edited: T;
  /** The form's default values. */
  initial: F;
  load: (form: UseFormReturn<F, unknown, V>, latest: T) => void;
  /** The same without a word, after an own change; `base` is what of the form is in it. */
  adopt: (form: UseFormReturn<F, unknown, V>, latest: T, base?: F) => void;
} {
  const [edited, setEdited] = useState(opened);
  const [initial, setInitial] = useState(() => formOf(opened));
  function adopt(form: UseFormReturn<F, unknown, V>, latest: T, base = initial): void {
    const fresh = formOf(latest);
    const values = rebase(base, form.getValues(), fresh);
    form.reset(fresh as unknown as DefaultValues<F>);
    form.reset(values as unknown as DefaultValues<F>, { keepDefaultValues: true });
    setEdited(latest);
    setInitial(fresh);
  }
  return {
    edited,
    initial,
    load(form, latest) {
      adopt(form, latest);
      toastSuccess(common.latestLoaded);
    },
    adopt,
  };
}
