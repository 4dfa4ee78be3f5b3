import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { createCalendar } from '@/api/calendars';
import { keys } from '@/api/keys';
import { onCallSchedulesQuery } from '@/api/on-call';
import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { copyMessages } from '@/messages/account';
import { calendarMessages as messages } from './messages';

/** Creates the address of a calendar, which is shown once. */
export function CalendarDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { data } = useQuery(onCallSchedulesQuery);
  const [url, setUrl] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const form = useForm({ defaultValues: { schedule_id: '' } });
  const { banner, guard } = useServerErrors(form, ['schedule_id']);
  const { errors, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ schedule_id: id }) =>
    guard(async () => {
      const created = await createCalendar({ schedule_id: id === '' ? null : Number(id) });
      setUrl(created.url);
      void client.invalidateQueries({ queryKey: keys.calendars });
    }),
  );
  if (url !== null) {
    return (
      <FormDialog
        key="dialog"
        title={messages.created}
        persistent
        dirty={!isCopied}
        question={copyMessages.unkept}
        onClose={onClose}
      >
        <p className="mb-4 text-pretty text-ink-soft text-sm">
          {messages.use} {copyMessages.once}
        </p>
        <CopyBlock text={url} onCopied={() => setCopied(true)}>
          <Button variant="primary" onClick={onClose}>
            {copyMessages.done}
          </Button>
        </CopyBlock>
      </FormDialog>
    );
  }
  return (
    // One dialog for both steps, so that the focus returns to what opened it.
    <FormDialog key="dialog" title={messages.add} onClose={onClose}>
      <DialogForm error={banner} action={messages.add} busy={isSubmitting} onSubmit={save}>
        <SelectField
          label={messages.shows}
          error={errors.schedule_id?.message}
          {...form.register('schedule_id')}
        >
          <option value="">{messages.mineInAll}</option>
          {data?.items.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      </DialogForm>
    </FormDialog>
  );
}
