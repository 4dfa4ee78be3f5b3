import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { MaintenanceWindow } from '@/api/models';
import { weekdayValues } from '@/api/schema';
import { useIsNarrowed } from '@/api/use-session';
import { createWindow, readWindow, updateWindow } from '@/api/windows';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { SegmentedControl } from '@/components/segmented-control';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { formatDuration } from '@/lib/format';
import { formatTimeZone, timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { WEEKDAY_NAMES } from '@/messages/weekdays';
import { windowMessages } from './messages';
import { RecurrenceFields } from './recurrence-fields';
import { ScopeFields } from './scope-fields';
import { WindowPreview } from './window-preview';
import { defaultTimes, WINDOW_FIELDS, windowForm, windowInput, windowSchema } from './window-schema';

const REPEATS = [
  { value: 'once', label: 'Once' },
  { value: 'weekly', label: 'Weekly' },
  { value: 'recurring', label: 'By a rule' },
] as const;

interface Props {
  /** Null for a new one. */
  window: MaintenanceWindow | null;
  onClose: () => void;
}

export function WindowForm({ window: opened, onClose }: Props) {
  const client = useQueryClient();
  const isNarrowed = useIsNarrowed();
  const [openedAt] = useState(Date.now);
  const {
    edited: window,
    initial,
    load,
  } = useEdited(opened, (edited) => ({
    ...windowForm(edited, openedAt),
    // A window of all monitors is for those who see all.
    ...(isNarrowed && { all: 'some' as const }),
  }));
  const form = useForm({ resolver: zodResolver(windowSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, WINDOW_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const [repeat, minutes, zone] = form.watch(['repeat', 'minutes', 'time_zone']);
  const initialZone = form.formState.defaultValues?.time_zone ?? 'UTC';
  const options = useMemo(() => timeZones(initialZone), [initialZone]);

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = windowInput(values);
      const saved = window ? await updateWindow(window, input) : await createWindow(input);
      void client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );

  const loadLatest =
    window &&
    (() =>
      guard(async () => {
        load(form, await readWindow(window.id));
        void client.invalidateQueries({ queryKey: keys.windows });
      }));

  const changeRepeat = () => {
    const next = defaultTimes(form.getValues('repeat'), zone, openedAt);
    form.setValue('from', next.from);
    form.setValue('until', next.until);
    form.clearErrors();
  };

  // Controlled: the value changes together with the type.
  const startField = (label: string, type: 'datetime-local' | 'time') => (
    <Controller
      control={form.control}
      name="from"
      render={({ field }) => <InputField label={label} type={type} error={errors.from?.message} {...field} />}
    />
  );

  const durationField = (className: string) => (
    <InputField
      label="Duration"
      unit="min"
      inputMode="numeric"
      autoComplete="off"
      className={className}
      hint={Number(minutes) >= 60 ? formatDuration(Number(minutes) * 60) : undefined}
      error={errors.minutes?.message}
      {...form.register('minutes')}
    />
  );

  return (
    <FormDialog
      title={window ? 'Edit maintenance window' : 'Add maintenance window'}
      dirty={isDirty}
      onClose={onClose}
    >
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={window ? common.save : windowMessages.addWindow}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`window:${window?.id ?? 'new'}`} form={form} />
        <InputField
          label={common.name}
          placeholder="Database upgrade"
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <SegmentedControl
          label="Repeat"
          options={REPEATS}
          {...form.register('repeat', { onChange: changeRepeat })}
        />
        {repeat === 'once' && (
          <div key="once" className="grid gap-5 sm:grid-cols-2">
            {startField('Start', 'datetime-local')}
            <InputField
              label="End"
              type="datetime-local"
              error={errors.until?.message}
              {...form.register('until')}
            />
          </div>
        )}
        {repeat === 'weekly' && (
          <div key="weekly" className="grid grid-cols-2 gap-5 sm:grid-cols-3">
            <SelectField label="Day" error={errors.weekday?.message} {...form.register('weekday')}>
              {weekdayValues.map((day) => (
                <option key={day} value={day}>
                  {WEEKDAY_NAMES[day]}
                </option>
              ))}
            </SelectField>
            {startField('Start time', 'time')}
            {durationField('max-sm:col-span-2')}
          </div>
        )}
        {repeat === 'recurring' && (
          <>
            <RecurrenceFields form={form} />
            {durationField('max-w-44')}
          </>
        )}
        <SelectField
          label={common.timeZone}
          hint={
            repeat === 'once'
              ? 'Applies to the start and end above.'
              : 'The window follows daylight saving time in this zone.'
          }
          error={errors.time_zone?.message}
          {...form.register('time_zone')}
        >
          {options.map((each) => (
            <option key={each} value={each}>
              {formatTimeZone(each)}
            </option>
          ))}
        </SelectField>
        {repeat === 'recurring' && <WindowPreview form={form.watch()} />}
        <ScopeFields form={form} />
      </DialogForm>
    </FormDialog>
  );
}
