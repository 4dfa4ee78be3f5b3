import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import { createOverride } from '@/api/on-call';
import { useSession } from '@/api/use-session';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { takeOverMessages as messages } from './messages';
import { PersonSelect, useMembers } from './person-select';
import { takeOverForm, takeOverInput, takeOverSchema } from './take-over-schema';
import type { Span } from './timeline-scale';

interface Props {
  schedule: { id: number; name: string };
  /** Which shift; null for the next hours. */
  span: Span | null;
  zone: string;
  onClose: () => void;
}

/** Puts somebody on call instead of whom the layers say: by default whoever asks. */
export function TakeOverDialog({ schedule, span, zone, onClose }: Props) {
  const client = useQueryClient();
  const self = useSession()?.user.id ?? 0;
  const { members } = useMembers();
  const [initial] = useState(() => takeOverForm(self, span, Date.now(), zone));
  const form = useForm({ resolver: zodResolver(takeOverSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['user_id', 'from', 'until']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = takeOverInput(values, zone);
      await createOverride(schedule.id, input);
      void client.invalidateQueries({ queryKey: keys.onCall });
      toastSuccess(
        messages.saved(members.find(({ id }) => id === input.user_id)?.name ?? `#${input.user_id}`),
      );
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.of(schedule.name)} dirty={isDirty} onClose={onClose}>
      <DialogForm error={banner} action={messages.action} busy={isSubmitting} onSubmit={save}>
        <p className="text-pretty text-ink-soft text-sm">{messages.about}</p>
        {/* The members come later than the form: an option has to be there to be the chosen one. */}
        <PersonSelect
          key={members.length}
          label={messages.who}
          error={errors.user_id?.message}
          {...form.register('user_id')}
        />
        <div className="grid gap-5 sm:grid-cols-2">
          <InputField
            label={messages.from}
            type="datetime-local"
            error={errors.from?.message}
            {...form.register('from')}
          />
          <InputField
            label={messages.until}
            type="datetime-local"
            hint={messages.zoneHint(zone)}
            error={errors.until?.message}
            {...form.register('until')}
          />
        </div>
      </DialogForm>
    </FormDialog>
  );
}
