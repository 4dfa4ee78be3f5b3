import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { StatusPage } from '@/api/models';
import { deleteStatusPage } from '@/api/status-pages';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { pageMessages as messages } from './messages';

interface Props {
  page: StatusPage;
  /** Before it leaves the page: what is not saved is meant to be lost. */
  onDeleted: () => void;
  onClose: () => void;
}

/** Asks for the title of what is to be deleted: its address is gone with it. */
export function DeletePageDialog({ page, onDeleted, onClose }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const schema = useMemo(
    () =>
      z.object({
        title: z.string().refine((typed) => typed.trim() === page.title.trim(), messages.wrongTitle),
      }),
    [page.title],
  );
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { title: '' } });
  const { banner, guard } = useServerErrors(form, ['title']);
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(() =>
    guard(async () => {
      await deleteStatusPage(page.id);
      onDeleted();
      toastSuccess(common.removed(page.title));
      await navigate({ to: '/status-pages' });
      client.removeQueries({ queryKey: keys.statusPage(page.id) });
      void client.invalidateQueries({ queryKey: keys.statusPages });
    }),
  );
  return (
    <FormDialog title={messages.deletePage} onClose={onClose}>
      <DialogForm
        error={banner}
        action={messages.deletePage}
        variant="danger"
        busy={isSubmitting}
        onSubmit={submit}
      >
        <p className="text-pretty text-ink-soft text-sm">{messages.deleteHint}</p>
        <InputField
          label={messages.typeTitle(page.title)}
          autoComplete="off"
          spellCheck={false}
          error={errors.title?.message}
          {...form.register('title')}
        />
      </DialogForm>
    </FormDialog>
  );
}
