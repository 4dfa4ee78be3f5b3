import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useForm } from 'react-hook-form';
import { addNote } from '@/api/incidents';
import { keys } from '@/api/keys';
import { Button } from '@/components/button';
import { AreaField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { keepDraft, readDraft } from '@/lib/drafts';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';

export const MAX_NOTE = 2_000;

const schema = z.object({
  text: z.string().trim().min(1, validation.required).max(MAX_NOTE, validation.maxCharacters(MAX_NOTE)),
});

export function NewNote({ incidentId }: { incidentId: string }) {
  const client = useQueryClient();
  const draft = `note:${incidentId}`;
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { text: readDraft(draft) } });
  useEffect(() => {
    const written = form.watch(({ text }) => keepDraft(draft, text ?? ''));
    return () => written.unsubscribe();
  }, [form, draft]);
  const { banner, guard } = useServerErrors(form, ['text']);
  const { errors, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ text }) =>
    guard(async () => {
      client.setQueryData(keys.incident(incidentId), await addNote(incidentId, text));
      keepDraft(draft, '');
      form.reset({ text: '' });
    }),
  );
  return (
    <form noValidate className="grid gap-3" onSubmit={save}>
      {banner && <ErrorNotice error={banner} />}
      <AreaField
        label="New note"
        prose
        rows={2}
        placeholder="Findings, actions taken, next steps"
        error={errors.text?.message}
        {...form.register('text')}
      />
      <div>
        <Button type="submit" busy={isSubmitting}>
          Add note
        </Button>
      </div>
    </form>
  );
}
