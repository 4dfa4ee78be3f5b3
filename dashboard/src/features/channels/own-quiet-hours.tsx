import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Controller, type UseFormReturn, useFieldArray, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { OwnQuietHours as QuietHours } from '@/api/models';
import { ownQuietHoursQuery, setOwnQuietHours } from '@/api/own-quiet-hours';
import { Button } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { HoursTimesFields, HoursZoneField } from '@/components/hours-fields';
import { Loading, QueryView } from '@/components/query';
import { SettingRow } from '@/components/setting-row';
import { toastError, toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { describeOwnQuietHours, ownQuietHoursMessages as messages, quietHoursMessages } from './messages';
import {
  MAX_WINDOWS,
  NIGHT,
  OWN_QUIET_HOURS_FIELDS,
  type OwnQuietHoursForm,
  ownQuietHoursForm,
  ownQuietHoursInput,
  ownQuietHoursSchema,
} from './own-quiet-hours-form';
import { PASSES } from './quiet-hours-form';

function Windows({ form }: { form: UseFormReturn<OwnQuietHoursForm> }) {
  const { control } = form;
  const { fields, append, remove } = useFieldArray({ control, name: 'windows', keyName: 'key' });
  const errors = form.formState.errors.windows;
  const wrong = errors?.root?.message ?? errors?.message;
  return (
    <>
      {fields.map(({ key }, index) => (
        <fieldset key={key} className="grid gap-4 border-line border-l-2 pl-4">
          <legend className={fields.length > 1 ? 'mb-2 font-semibold text-sm' : 'sr-only'}>
            {messages.window(index + 1)}
          </legend>
          <Controller
            control={control}
            name={`windows.${index}`}
            render={({ field: { value, onChange } }) => (
              <HoursTimesFields
                value={value}
                errors={errors?.[index]}
                onChange={(changes) => onChange({ ...value, ...changes })}
              />
            )}
          />
          {fields.length > 1 && (
            <Button
              className="w-fit"
              aria-label={messages.removeWindow(index + 1)}
              onClick={() => remove(index)}
            >
              <Trash2 className="size-4" aria-hidden />
              {messages.remove}
            </Button>
          )}
        </fieldset>
      ))}
      {wrong && (
        <p role="alert" className="text-down text-sm">
          {messages.wrong(wrong)}
        </p>
      )}
      {fields.length < MAX_WINDOWS && (
        <Button className="w-fit" onClick={() => append(NIGHT)}>
          <Plus className="size-4" aria-hidden />
          {messages.addWindow}
        </Button>
      )}
    </>
  );
}

function QuietHoursDialog({ quiet, onClose }: { quiet: QuietHours; onClose: () => void }) {
  const client = useQueryClient();
  const [initial] = useState(() => ownQuietHoursForm(quiet));
  const form = useForm({ resolver: zodResolver(ownQuietHoursSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, OWN_QUIET_HOURS_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const passes = form.watch('passes');
  const save = form.handleSubmit((values) =>
    guard(async () => {
      client.setQueryData(keys.ownQuietHours, await setOwnQuietHours(ownQuietHoursInput(values)));
      toastSuccess(messages.saved);
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.title} dirty={isDirty} onClose={onClose}>
      <DialogForm error={banner} action={common.save} busy={isSubmitting} onSubmit={save}>
        <p className="text-pretty text-ink-soft text-sm">{messages.about}</p>
        <Windows form={form} />
        <Controller
          control={form.control}
          name="time_zone"
          render={({ field: { value, onChange } }) => (
            <HoursZoneField value={value} error={errors.time_zone?.message} onChange={onChange} />
          )}
        />
        <SelectField
          label={quietHoursMessages.passesLabel}
          hint={quietHoursMessages.passesHints[passes]}
          error={errors.passes?.message}
          {...form.register('passes')}
        >
          {PASSES.map((each) => (
            <option key={each} value={each}>
              {quietHoursMessages.passes[each]}
            </option>
          ))}
        </SelectField>
      </DialogForm>
    </FormDialog>
  );
}

/** When a person is not notified of what starts, by any of their own channels. */
export function OwnQuietHours() {
  const client = useQueryClient();
  const query = useQuery(ownQuietHoursQuery);
  const [editing, setEditing] = useState<QuietHours | null>(null);
  const turnOff = useMutation({
    mutationFn: () => setOwnQuietHours({ windows: [] }),
    onSuccess(none) {
      client.setQueryData(keys.ownQuietHours, none);
      toastSuccess(messages.turnedOff);
    },
    onError: (error) => toastError(messages.turnOffFailed, error),
  });
  const { data: quiet } = query;
  const hasSome = quiet !== undefined && quiet.windows.length > 0;
  const actions = quiet && (
    <>
      {hasSome && (
        <Button aria-label={messages.turnOff} busy={turnOff.isPending} onClick={() => turnOff.mutate()}>
          {common.turnOff}
        </Button>
      )}
      <Button aria-label={hasSome ? messages.change : messages.turnOn} onClick={() => setEditing(quiet)}>
        {hasSome ? common.change : common.turnOn}
      </Button>
    </>
  );
  return (
    <>
      <dl className="card mb-4">
        <SettingRow label={messages.title} action={actions}>
          <QueryView query={query} loading={<Loading rows={1} />}>
            {(shown) => (
              <>
                {describeOwnQuietHours(shown)}
                <span className="block text-pretty text-ink-soft text-xs">{messages.hint(shown)}</span>
              </>
            )}
          </QueryView>
        </SettingRow>
      </dl>
      {editing && <QuietHoursDialog quiet={editing} onClose={() => setEditing(null)} />}
    </>
  );
}
