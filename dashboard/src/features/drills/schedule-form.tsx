import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useForm } from 'react-hook-form';
import { createDrillSchedule, readDrillSchedule, updateDrillSchedule } from '@/api/drills';
import { keys } from '@/api/keys';
import type { DrillSchedule } from '@/api/models';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { CheckField, InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { formatTimeZone, timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { DrillFields } from './drill-fields';
import {
  formField,
  MAX_DAY,
  SCHEDULE_FIELDS,
  scheduleForm,
  scheduleInput,
  scheduleSchema,
} from './drill-schema';
import { scheduleMessages as messages } from './messages';

const DAYS = Array.from({ length: MAX_DAY }, (_, at) => String(at + 1));

interface Props {
  /** Null for a new one. */
  schedule: DrillSchedule | null;
  onClose: () => void;
}

export function ScheduleFormDialog({ schedule: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: schedule, initial, load } = useEdited(opened, scheduleForm);
  const form = useForm({ resolver: zodResolver(scheduleSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, SCHEDULE_FIELDS, formField);
  const { errors, isDirty, isSubmitting } = form.formState;
  const zones = useMemo(() => timeZones(initial.time_zone), [initial]);
  const refresh = () => client.invalidateQueries({ queryKey: keys.drillSchedules });

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = scheduleInput(values, schedule);
      const saved = schedule ? await updateDrillSchedule(schedule, input) : await createDrillSchedule(input);
      void refresh();
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );

  const loadLatest =
    schedule &&
    (() =>
      guard(async () => {
        load(form, await readDrillSchedule(schedule.id));
        void refresh();
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
        <UnsavedInput name={`drill-schedule:${schedule?.id ?? 'new'}`} form={form} />
        <DrillFields form={form} nameExample={messages.nameExample} nameHint={messages.nameHint} />
        <div className="grid grid-cols-2 gap-4">
          <SelectField label={messages.day} error={errors.day?.message} {...form.register('day')}>
            {DAYS.map((day) => (
              <option key={day} value={day}>
                {day}
              </option>
            ))}
          </SelectField>
          <InputField
            label={messages.time}
            type="time"
            error={errors.time?.message}
            {...form.register('time')}
          />
        </div>
        <SelectField
          label={common.timeZone}
          hint={messages.zoneHint}
          error={errors.time_zone?.message}
          {...form.register('time_zone')}
        >
          {zones.map((zone) => (
            <option key={zone} value={zone}>
              {formatTimeZone(zone)}
            </option>
          ))}
        </SelectField>
        <CheckField label={messages.isOn} {...form.register('enabled')} />
      </DialogForm>
    </FormDialog>
  );
}
