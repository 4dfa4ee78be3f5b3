import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import type { BulkInput } from '@/api/models';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { InputField, SelectField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { tagMessages } from '@/messages/tags';
import { validation } from '@/messages/validation';
import { whole } from './kinds/form-fields';
import { formMessages, bulkMessages as messages } from './messages';
import { tagsOf } from './monitor-schema';
import { NUMERIC } from './use-fields';

/** What is done with each of the monitors. */
export type BulkChange = Omit<BulkInput, 'monitors'>;

interface Props {
  /** How many monitors. */
  count: number;
  busy: boolean;
  error: unknown;
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

export function BulkTagsDialog({ count, busy, error, onRun, onClose }: Props) {
  const form = useForm({
    resolver: zodResolver(tagsSchema),
    defaultValues: { action: 'add_tags' as const, tags: '' },
  });
  const { errors, isDirty } = form.formState;
  return (
    <FormDialog title={messages.tagsTitle(count)} dirty={isDirty && !busy} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={form.handleSubmit(onRun)}>
        {error != null && <ErrorNotice error={error} />}
        <SelectField label="Action" {...form.register('action')}>
          <option value="add_tags">{messages.addTags}</option>
          <option value="remove_tags">{messages.removeTags}</option>
          <option value="set_tags">{messages.replaceTags}</option>
        </SelectField>
        <InputField
          label={tagMessages.tags}
          hint={formMessages.tagsSeparated}
          autoComplete="off"
          autoCapitalize="none"
          error={errors.tags?.message}
          {...form.register('tags')}
        />
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={busy}>
            {common.save}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}

const intervalSchema = z.object({ interval_seconds: whole(10, 86_400) });

export function BulkIntervalDialog({ count, busy, error, onRun, onClose }: Props) {
  const form = useForm({
    resolver: zodResolver(intervalSchema),
    defaultValues: { interval_seconds: '60' },
  });
  const { errors, isDirty } = form.formState;
  return (
    <FormDialog title={messages.intervalTitle(count)} dirty={isDirty && !busy} onClose={onClose}>
      <form
        noValidate
        className="grid gap-5"
        onSubmit={form.handleSubmit((changes) => onRun({ action: 'edit', changes }))}
      >
        {error != null && <ErrorNotice error={error} />}
        <InputField
          label={formMessages.interval}
          unit="s"
          {...NUMERIC}
          error={errors.interval_seconds?.message}
          {...form.register('interval_seconds')}
        />
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={busy}>
            {common.save}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
