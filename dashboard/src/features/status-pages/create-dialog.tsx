import { zodResolver } from '@hookform/resolvers/zod';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import { firstMonitors } from '@/api/monitors';
import { createStatusPage } from '@/api/status-pages';
import { tagsQuery } from '@/api/tags';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { browserTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { tagMessages } from '@/messages/tags';
import { validation } from '@/messages/validation';
import { pageMessages as messages } from './messages';
import { MAX_COMPONENTS } from './page-schema';

const schema = z
  .object({
    title: z.string().trim().min(1, validation.required).max(100, validation.maxCharacters(100)),
    start: z.enum(['all', 'tag', 'none']),
    tag: z.string(),
  })
  .refine(({ start, tag }) => start !== 'tag' || tag !== '', { path: ['tag'], message: validation.required });

const STARTS = [
  { value: 'all', label: messages.startWithAll },
  { value: 'tag', label: messages.startWithTag },
  { value: 'none', label: messages.startWithNone },
] as const;

/** Asks for a title and what the page starts with, then leads to its editor. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: tags = [] } = useQuery(tagsQuery);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { title: '', start: 'all' as const, tag: '' },
  });
  const { banner, guard } = useServerErrors(form, ['title']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const start = form.watch('start');
  const starts = STARTS.filter(({ value }) => value !== 'tag' || tags.length > 0);

  const create = form.handleSubmit((values) =>
    guard(async () => {
      const monitors =
        values.start === 'none'
          ? []
          : await firstMonitors(MAX_COMPONENTS, values.start === 'tag' ? values.tag : '');
      const created = await createStatusPage({
        title: values.title,
        time_zone: browserTimeZone(),
        ...(monitors.length > 0 && {
          groups: [{ components: monitors.map(({ id }) => ({ monitor_id: id })) }],
        }),
      });
      client.setQueryData(keys.statusPage(created.id), created);
      void client.invalidateQueries({ queryKey: keys.statusPageList });
      toastSuccess(messages.created(created.title));
      await navigate({ to: '/status-pages/$pageId', params: { pageId: created.id } });
    }),
  );

  return (
    // While it is created, it leads to another page.
    <FormDialog title={messages.create} dirty={isDirty && !isSubmitting} onClose={onClose}>
      <DialogForm error={banner} action={messages.create} busy={isSubmitting} onSubmit={create}>
        <InputField
          label={messages.title}
          placeholder={messages.titleExample}
          autoComplete="off"
          error={errors.title?.message}
          {...form.register('title')}
        />
        <fieldset>
          <legend className="mb-1.5 font-medium text-sm">{messages.startWith}</legend>
          {starts.map(({ value, label }) => (
            <label key={value} className="flex min-h-9 items-center gap-2.5 text-sm">
              <input
                type="radio"
                value={value}
                className="size-4 shrink-0 accent-ink"
                {...form.register('start')}
              />
              {label}
            </label>
          ))}
          <p className="mt-1 text-ink-soft text-xs">{messages.startHint(MAX_COMPONENTS)}</p>
        </fieldset>
        {start === 'tag' && (
          <SelectField label={tagMessages.tag} error={errors.tag?.message} {...form.register('tag')}>
            <option value="" />
            {tags.map(({ id, name }) => (
              <option key={id} value={name}>
                {name}
              </option>
            ))}
          </SelectField>
        )}
      </DialogForm>
    </FormDialog>
  );
}
