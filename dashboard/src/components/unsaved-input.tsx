import { History } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { FieldValues, UseFormReturn } from 'react-hook-form';
import { dropUnsaved, readUnsaved, watchUnsaved } from '@/lib/unsaved';
import { common } from '@/messages/common';
import { Button } from './button';

/** Offers what the form of this name held when the session ended, and has it kept when that happens. */
export function UnsavedInput<F extends FieldValues, V extends FieldValues>({
  name,
  form,
  onRestore,
}: {
  name: string;
  form: UseFormReturn<F, unknown, V>;
  onRestore?: () => void;
}) {
  const [offered, setOffered] = useState(() => readUnsaved(name) as F | undefined);
  const { isDirty } = form.formState;
  useEffect(() => {
    // What is not touched yet must not replace what was kept before.
    const read = isDirty ? () => structuredClone(form.getValues()) : offered && (() => offered);
    return read && watchUnsaved(name, read);
  }, [name, form, isDirty, offered]);
  if (!offered) return null;

  const close = () => {
    dropUnsaved(name);
    setOffered(undefined);
  };
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-sunken px-4 py-3 text-sm"
    >
      <History className="size-4.5 shrink-0 text-ink-soft" aria-hidden />
      <p className="min-w-48 flex-1">{common.sessionEndedUnsaved}</p>
      <Button
        onClick={() => {
          form.reset(offered, { keepDefaultValues: true });
          close();
          onRestore?.();
        }}
      >
        {common.restore}
      </Button>
      <Button onClick={close}>{common.discard}</Button>
    </div>
  );
}
