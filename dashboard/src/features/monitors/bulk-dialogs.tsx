import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { BulkInput } from '@/api/models';
import type { ApiError } from '@/api/problem';
import { createWindow } from '@/api/windows';
import { ConfirmDialog, FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { nameField, whole } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { validation } from '@/messages/validation';
import { formMessages, bulkMessages as messages } from './messages';
import { tagsOf } from './monitor-schema';
import { TagsInput } from './tag-field';
import { NUMERIC } from './use-fields';

/** What is done with each of the monitors. */
export type BulkChange = Omit<BulkInput, 'monitors'>;

export interface BulkDialogProps {
  /** Which monitors. */
  selected: ReadonlySet<number>;
  busy: boolean;
  error: ApiError | null;
  onRun: (change: BulkChange) => void;
  onClose: () => void;
}

const tagsSchema = z.object({
  action: z.enum(['add_tags', 'remove_tags', 'set_tags']),
  tags: z
    .string()
    .transform(tagsOf)
    .refine((tags) => tags.length > 0, validation.required),
});

export function BulkTagsDialog({ selected, busy, error, onRun, onClose }: BulkDialogProps) {
  const form = useForm({
    resolver: zodResolver(tagsSchema),
    defaultValues: { action: 'add_tags' as const, tags: '' },
  });
  const { errors, isDirty, isSubmitted } = form.formState;
  return (
    <FormDialog title={messages.tagsTitle(selected.size)} dirty={isDirty && !busy} onClose={onClose}>
      <DialogForm error={error} action={common.save} busy={busy} onSubmit={form.handleSubmit(onRun)}>
        <SelectField label={messages.whatToDo} {...form.register('action')}>
          <option value="add_tags">{messages.addTags}</option>
          <option value="remove_tags">{messages.removeTags}</option>
          <option value="set_tags">{messages.replaceTags}</option>
        </SelectField>
        <TagsInput
          text={form.watch('tags')}
          onPick={(text) => form.setValue('tags', text, { shouldDirty: true, shouldValidate: isSubmitted })}
          hint={formMessages.tagsSeparated}
          error={errors.tags?.message}
          {...form.register('tags')}
        />
      </DialogForm>
    </FormDialog>
  );
}

const intervalSchema = z.object({ interval_seconds: whole(10, 86_400) });

export function BulkIntervalDialog({ selected, busy, error, onRun, onClose }: BulkDialogProps) {
  const form = useForm({
    resolver: zodResolver(intervalSchema),
    defaultValues: { interval_seconds: '60' },
  });
  const { errors, isDirty } = form.formState;
  const edit = form.handleSubmit((changes) => onRun({ action: 'edit', changes }));
  return (
    <FormDialog title={messages.intervalTitle(selected.size)} dirty={isDirty && !busy} onClose={onClose}>
      <DialogForm error={error} action={common.save} busy={busy} onSubmit={edit}>
        <InputField
          label={formMessages.interval}
          unit="s"
          hint={formMessages.intervalHint(0)}
          {...NUMERIC}
          error={errors.interval_seconds?.message}
          {...form.register('interval_seconds')}
        />
      </DialogForm>
    </FormDialog>
  );
}

const MINUTE_MS = 60_000;
/** What a window can name. */
const MAX_MONITORS = 1_000;

const maintenanceSchema = z.object({ name: nameField, minutes: whole(1, 10_080) });

/** A maintenance window of these monitors that begins now. */
export function BulkMaintenanceDialog({ selected, onClose }: Pick<BulkDialogProps, 'selected' | 'onClose'>) {
  const client = useQueryClient();
  const form = useForm({
    resolver: zodResolver(maintenanceSchema),
    defaultValues: { name: messages.maintenanceName, minutes: '60' },
  });
  const { banner, guard } = useServerErrors(form, ['name']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const isTooMany = selected.size > MAX_MONITORS;
  const begin = form.handleSubmit(({ name, minutes }) =>
    guard(async () => {
      const now = Date.now();
      await createWindow({
        name,
        repeat: 'once',
        from: new Date(now).toISOString(),
        until: new Date(now + minutes * MINUTE_MS).toISOString(),
        monitors: [...selected],
      });
      await client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(messages.maintenanceBegun(selected.size));
      onClose();
    }),
  );
  return (
    <FormDialog
      title={messages.maintenanceTitle(selected.size)}
      dirty={isDirty && !isSubmitting}
      onClose={onClose}
    >
      {isTooMany ? (
        <p className="text-sm">{messages.maintenanceAtMost(MAX_MONITORS)}</p>
      ) : (
        <DialogForm error={banner} action={messages.beginMaintenance} busy={isSubmitting} onSubmit={begin}>
          <InputField
            label={common.name}
            autoComplete="off"
            hint={messages.maintenanceHint}
            error={errors.name?.message}
            {...form.register('name')}
          />
          <InputField
            label={messages.duration}
            unit="min"
            {...NUMERIC}
            error={errors.minutes?.message}
            {...form.register('minutes')}
          />
        </DialogForm>
      )}
    </FormDialog>
  );
}

/** Asks before monitors are deleted. */
export function BulkDeleteDialog({ selected, busy, error, onRun, onClose }: BulkDialogProps) {
  return (
    <ConfirmDialog
      title={messages.deleteTitle(selected.size)}
      action={messages.deleteAction}
      busy={busy}
      error={error}
      onConfirm={() => onRun({ action: 'delete' })}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}
