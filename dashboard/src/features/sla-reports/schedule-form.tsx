import { zodResolver } from '@hookform/resolvers/zod';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { SlaSchedule } from '@/api/models';
import { membersQuery } from '@/api/organisations';
import { createSlaSchedule, readSlaSchedule, updateSlaSchedule } from '@/api/sla-reports';
import { useSession } from '@/api/use-session';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { CheckField, InputField, Messages } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { SegmentedControl } from '@/components/segmented-control';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { common } from '@/messages/common';
import { CADENCES, scheduleMessages as messages } from './messages';
import { formField } from './report-schema';
import { SCHEDULE_FIELDS, scheduleForm, scheduleInput, scheduleSchema } from './schedule-schema';
import { SelectionFields, sharedFields, TargetFields, ZoneField } from './selection-fields';

const CADENCE_OPTIONS = [
  { value: 'monthly', label: CADENCES.monthly },
  { value: 'quarterly', label: CADENCES.quarterly },
] as const;

/** All members of the organisation, page by page. */
function useMembers() {
  const session = useSession();
  const query = useInfiniteQuery({ ...membersQuery(session?.org.id ?? 0), enabled: session !== null });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { query, members: query.data?.pages.flatMap(({ items }) => items) ?? [] };
}

interface RecipientsProps {
  value: number[];
  onChange: (value: number[]) => void;
  error?: string | undefined;
}

function Recipients({ value, onChange, error }: RecipientsProps) {
  const { query, members } = useMembers();
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-sm">{messages.recipients}</legend>
      <div className="max-h-44 overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
        {members.map(({ user_id: id, name, email }) => (
          <label
            key={id}
            className="flex min-h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken"
          >
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-ink"
              checked={value.includes(id)}
              onChange={({ target }) =>
                onChange(target.checked ? [...value, id] : value.filter((each) => each !== id))
              }
            />
            <span className="min-w-0 truncate">
              {name} <span className="text-ink-soft">{email}</span>
            </span>
          </label>
        ))}
        {query.isPending && (
          <p role="status" className="px-2 py-1.5 text-ink-soft text-sm">
            {messages.loadingMembers}
          </p>
        )}
        {query.error && (
          <p role="alert" className="px-2 py-1.5 text-down text-sm">
            {messages.membersFailed(query.error.message)}
          </p>
        )}
      </div>
      <Messages id="sla-recipients" error={error} hint={messages.recipientsHint} />
    </fieldset>
  );
}

interface Props {
  /** Null for a new one. */
  schedule: SlaSchedule | null;
  onClose: () => void;
}

export function ScheduleFormDialog({ schedule: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: schedule, initial, load } = useEdited(opened, scheduleForm);
  const form = useForm({ resolver: zodResolver(scheduleSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, SCHEDULE_FIELDS, formField);
  const { errors, isDirty, isSubmitting } = form.formState;
  const shared = sharedFields(form);

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = scheduleInput(values);
      const saved = schedule ? await updateSlaSchedule(schedule, input) : await createSlaSchedule(input);
      void client.invalidateQueries({ queryKey: keys.slaSchedules });
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );

  const loadLatest =
    schedule &&
    (() =>
      guard(async () => {
        load(form, await readSlaSchedule(schedule.id));
        void client.invalidateQueries({ queryKey: keys.slaSchedules });
      }));

  return (
    <FormDialog title={schedule ? messages.edit : messages.add} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={schedule ? common.save : messages.add}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`sla-schedule:${schedule?.id ?? 'new'}`} form={form} />
        <InputField
          label={common.name}
          placeholder="Customer portal"
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <SegmentedControl label={messages.cadence} options={CADENCE_OPTIONS} {...form.register('cadence')} />
        <ZoneField form={shared} />
        <SelectionFields form={shared} />
        <TargetFields form={shared} />
        <Controller
          control={form.control}
          name="recipients"
          render={({ field }) => (
            <Recipients value={field.value} onChange={field.onChange} error={errors.recipients?.message} />
          )}
        />
        <CheckField label={messages.isOn} {...form.register('enabled')} />
      </DialogForm>
    </FormDialog>
  );
}
