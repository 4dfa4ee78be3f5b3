import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useForm } from 'react-hook-form';
import { addNote } from '@/api/incidents';
import { keys } from '@/api/keys';
import type { Incident } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { AreaField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { keepDraft, readDraft } from '@/lib/drafts';
import { formatDateTime, formatShortDateTime } from '@/lib/format';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { incidentPageMessages } from './messages';

const schema = z.object({
  text: z.string().trim().min(1, validation.required).max(2_000, validation.maxCharacters(2_000)),
});

function NewNote({ incidentId }: { incidentId: string }) {
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

export function Notes({ incident }: { incident: Incident }) {
  const canEdit = useCan('respond');
  const notes = incident.notes ?? [];
  return (
    <div className="card divide-y divide-line">
      {notes.length > 0 && (
        <ul aria-label={incidentPageMessages.notes} className="divide-y divide-line">
          {notes.map(({ at, by, text }) => (
            <li key={`${at} ${by} ${text}`} className="px-5 py-4 text-sm">
              <p className="text-ink-soft text-xs">
                <span className="font-medium text-ink">{by}</span>
                {' · '}
                <time dateTime={at} title={formatDateTime(at)}>
                  {formatShortDateTime(at)}
                </time>
              </p>
              <p className="mt-1 whitespace-pre-wrap break-words">{text}</p>
            </li>
          ))}
        </ul>
      )}
      {notes.length === 0 && !canEdit && (
        <p className="px-5 py-8 text-center text-ink-soft text-sm">No notes yet</p>
      )}
      {canEdit && (
        <div className="p-5">
          <NewNote key={incident.id} incidentId={incident.id} />
        </div>
      )}
    </div>
  );
}
