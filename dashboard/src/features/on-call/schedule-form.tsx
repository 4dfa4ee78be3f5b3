import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useFieldArray, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { OnCallSchedule } from '@/api/models';
import { createOnCallSchedule, readOnCallSchedule, updateOnCallSchedule } from '@/api/on-call';
import { Button, buttonClass } from '@/components/button';
import { useLeaveGuard } from '@/components/dialog';
import { InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { FormNotice } from '@/components/form-notice';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { formatTimeZone, timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { LayerFields } from './layer-fields';
import { editorMessages as messages, onCallMessages } from './messages';
import { nameOf } from './people';
import { RotaPreview } from './rota-preview';
import {
  MAX_LAYERS,
  newLayer,
  ROTA_FIELDS,
  type RotaForm,
  rotaForm,
  rotaInput,
  rotaSchema,
} from './rota-schema';

/** Null for a new one. */
export function ScheduleForm({ schedule: opened }: { schedule: OnCallSchedule | null }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [openedAt] = useState(Date.now);
  const { edited: schedule, initial, load } = useEdited(opened, (each) => rotaForm(each, openedAt));
  const form = useForm<RotaForm>({ resolver: zodResolver(rotaSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ROTA_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const layers = useFieldArray({ control: form.control, name: 'layers', keyName: 'key' });
  const saving = useRef(false);
  const leaving = useLeaveGuard(isDirty, () => saving.current);
  const zone = form.watch('time_zone');
  const options = useMemo(() => timeZones(initial.time_zone), [initial.time_zone]);
  const names = useMemo(
    () => new Map(schedule?.people.map(({ id, name }) => [id, nameOf({ user_id: id, name })])),
    [schedule],
  );

  const list = useRef<HTMLDivElement>(null);
  const moved = useRef<string | null>(null);
  // What is moved keeps the focus.
  useEffect(() => {
    if (moved.current === null) return;
    list.current?.querySelector<HTMLElement>(`[data-layer="${moved.current}"]`)?.focus();
    moved.current = null;
  });

  const save = form.handleSubmit((values) =>
    guard(async () => {
      saving.current = true;
      try {
        const input = rotaInput(values);
        const saved = await (schedule ? updateOnCallSchedule(schedule, input) : createOnCallSchedule(input));
        client.setQueryData(keys.onCallSchedule(saved.id), saved);
        void client.invalidateQueries({ queryKey: keys.onCall });
        toastSuccess(common.saved(saved.name));
        await navigate({ to: '/on-call/schedules/$scheduleId', params: { scheduleId: saved.id } });
      } finally {
        saving.current = false;
      }
    }),
  );

  const loadLatest =
    schedule &&
    (() =>
      guard(async () => {
        const latest = await readOnCallSchedule(schedule.id);
        client.setQueryData(keys.onCallSchedule(latest.id), latest);
        load(form, latest);
      }));

  return (
    <div data-wide className="grid grid-cols-1 gap-8 xl:grid-cols-[minmax(0,30rem)_minmax(0,1fr)]">
      <form noValidate className="grid grid-cols-1 content-start gap-5" onSubmit={save}>
        {leaving}
        <FormNotice error={banner} onLoadLatest={loadLatest} />
        <UnsavedInput name={`on-call-schedule:${schedule?.id ?? 'new'}`} form={form} />
        <div className="card grid grid-cols-1 gap-5 p-5">
          <InputField
            label={common.name}
            placeholder={messages.example}
            autoComplete="off"
            error={errors.name?.message}
            {...form.register('name')}
          />
          <SelectField
            label={common.timeZone}
            hint={messages.zoneHint}
            error={errors.time_zone?.message}
            {...form.register('time_zone')}
          >
            {options.map((each) => (
              <option key={each} value={each}>
                {formatTimeZone(each)}
              </option>
            ))}
          </SelectField>
        </div>
        <div ref={list} className="grid grid-cols-1 gap-4">
          <div>
            <h2 className="font-semibold">{onCallMessages.layers}</h2>
            <p className="text-pretty text-ink-soft text-xs">{messages.layersHint}</p>
          </div>
          {layers.fields.map((field, index) => (
            <LayerFields
              key={field.key}
              form={form}
              index={index}
              count={layers.fields.length}
              names={names}
              onMove={(to) => {
                moved.current = `${to}:${to > index ? 1 : -1}`;
                layers.move(index, to);
              }}
              onRemove={() => layers.remove(index)}
            />
          ))}
          {layers.fields.length < MAX_LAYERS && (
            <Button
              className="w-fit"
              onClick={() => layers.append(newLayer(openedAt, zone), { shouldFocus: false })}
            >
              <Plus className="size-4" aria-hidden />
              {messages.addLayer}
            </Button>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {schedule ? common.save : onCallMessages.add}
          </Button>
          {schedule ? (
            <Link
              to="/on-call/schedules/$scheduleId"
              params={{ scheduleId: schedule.id }}
              className={buttonClass('ghost')}
            >
              {common.cancel}
            </Link>
          ) : (
            <Link to="/on-call" className={buttonClass('ghost')}>
              {common.cancel}
            </Link>
          )}
        </div>
      </form>
      <div className="min-w-0 xl:sticky xl:top-6 xl:self-start">
        <RotaPreview form={form} />
      </div>
    </div>
  );
}
