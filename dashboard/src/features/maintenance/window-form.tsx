import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { MaintenanceWindow } from '@/api/models';
import { useIsNarrowed } from '@/api/use-session';
import { createWindow, readWindow, updateWindow } from '@/api/windows';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { ItemHistoryLink } from '@/components/versions/item-links';
import { WindowTimesFields } from '@/components/window-times/window-times-fields';
import { common } from '@/messages/common';
import { timesMessages } from '@/messages/windows';
import { windowMessages } from './messages';
import { ScopeFields } from './scope-fields';
import { WindowPreview } from './window-preview';
import { WINDOW_FIELDS, windowForm, windowInput, windowSchema } from './window-schema';

interface Props {
  /** Null for a new one. */
  window: MaintenanceWindow | null;
  onClose: () => void;
}

export function WindowForm({ window: opened, onClose }: Props) {
  const client = useQueryClient();
  const isNarrowed = useIsNarrowed();
  const [openedAt] = useState(Date.now);
  const {
    edited: window,
    initial,
    load,
  } = useEdited(opened, (edited) => ({
    ...windowForm(edited, openedAt),
    // A window of all monitors is for those who see all.
    ...(isNarrowed && { all: 'some' as const }),
  }));
  const form = useForm({ resolver: zodResolver(windowSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, WINDOW_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const repeat = form.watch('repeat');

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = windowInput(values);
      const saved = window ? await updateWindow(window, input) : await createWindow(input);
      void client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );

  const loadLatest =
    window &&
    (() =>
      guard(async () => {
        load(form, await readWindow(window.id));
        void client.invalidateQueries({ queryKey: keys.windows });
      }));

  return (
    <FormDialog title={window ? timesMessages.edit : timesMessages.add} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={window ? common.save : windowMessages.addWindow}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`window:${window?.id ?? 'new'}`} form={form} />
        <InputField
          label={common.name}
          placeholder="Database upgrade"
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <WindowTimesFields form={form} now={openedAt} />
        {repeat === 'recurring' && <WindowPreview form={form.watch()} />}
        <ScopeFields form={form} />
        {window && <ItemHistoryLink kind="maintenance-windows" id={window.id} />}
      </DialogForm>
    </FormDialog>
  );
}
