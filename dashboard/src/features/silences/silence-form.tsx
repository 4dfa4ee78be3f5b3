import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { useId, useState } from 'react';
import { Controller, type UseFormReturn, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Silence } from '@/api/models';
import { createSilence, readSilence, updateSilence } from '@/api/silences';
import { useIsNarrowed } from '@/api/use-session';
import { ConditionFields } from '@/components/conditions-fields';
import { CONDITION_FIELDS, conditionsForm } from '@/components/conditions-form';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { CheckField, InputField, Messages } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { MonitorPicker } from '@/components/monitor-picker';
import { SegmentedControl } from '@/components/segmented-control';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { useNow } from '@/lib/now';
import { browserTimeZone, formatTimeZone } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { pickerMessages } from '@/messages/monitor-picker';
import { PAGE_TITLES } from '@/messages/terms';
import { DURATION_LABELS, silenceMessages as messages } from './messages';
import {
  coversEverything,
  DURATIONS,
  endOf,
  type SilenceForm as Fields,
  silenceForm,
  silenceInput,
  silenceSchema,
  startOf,
} from './silence-schema';

const FIELDS = ['reason', 'from', 'until', 'monitors', ...CONDITION_FIELDS] as const;

const SCOPES = [
  { value: 'all', label: messages.allMonitors },
  { value: 'some', label: pickerMessages.selected },
] as const;

type Form = UseFormReturn<Fields>;

/** How long, and until when that is. */
function TimeFields({ form, silence }: { form: Form; silence: Silence | null }) {
  const { errors } = form.formState;
  const id = useId();
  const duration = form.watch('duration');
  const now = useNow();
  const start = startOf(silence, now);
  // Tomorrow is none of a time that is planned.
  const offered = DURATIONS.filter((each) => each !== 'tomorrow' || start <= now);
  return (
    <>
      <fieldset aria-describedby={`${id}-hint`}>
        <legend className="mb-1.5 font-medium text-sm">{messages.duration}</legend>
        <div className="flex flex-wrap gap-1.5">
          {offered.map((value) => (
            <label
              key={value}
              className="inline-flex min-h-8 cursor-pointer items-center rounded-full border border-line px-3 text-sm hover:border-line-strong has-checked:border-ink has-checked:bg-ink has-checked:text-paper has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)] has-focus-visible:outline-offset-2"
            >
              <input
                type="radio"
                value={value}
                className="sr-only"
                {...form.register('duration', { onChange: () => form.clearErrors(['from', 'until']) })}
              />
              {DURATION_LABELS[value]}
            </label>
          ))}
        </div>
        {duration !== 'custom' && (
          <Messages id={id} hint={messages.endsAt(endOf(duration, start))} error={errors.until?.message} />
        )}
      </fieldset>
      {duration === 'custom' && (
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
            hint={messages.zoneHint(formatTimeZone(browserTimeZone()))}
            error={errors.until?.message}
            {...form.register('until')}
          />
        </div>
      )}
    </>
  );
}

/** Which incidents. */
function ScopeFields({ form }: { form: Form }) {
  const isNarrowed = useIsNarrowed();
  const { errors } = form.formState;
  const [all, limited] = form.watch(['all', 'limited']);
  return (
    <>
      {!isNarrowed && (
        <SegmentedControl
          label={PAGE_TITLES.monitors}
          options={SCOPES}
          {...form.register('all', { onChange: () => form.clearErrors('monitors') })}
        />
      )}
      {all === 'some' && (
        <Controller
          control={form.control}
          name="monitors"
          render={({ field }) => (
            <MonitorPicker
              selected={field.value}
              onChange={field.onChange}
              error={errors.monitors?.message}
            />
          )}
        />
      )}
      <CheckField
        label={messages.limited}
        {...form.register('limited', {
          // What is hidden must not keep the form from being saved.
          onChange: () => {
            form.clearErrors('conditions');
            form.setValue('conditions', conditionsForm(null));
          },
        })}
      />
      {limited && (
        <Controller
          control={form.control}
          name="conditions"
          render={({ field }) => (
            <ConditionFields
              value={field.value}
              onChange={(value) => {
                form.clearErrors('conditions');
                field.onChange(value);
              }}
              hint={messages.conditionsHint}
              errors={errors.conditions}
            />
          )}
        />
      )}
      {coversEverything(form.watch()) && (
        <p role="status" className="flex gap-2 text-degraded text-sm">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {messages.coversEverything}
        </p>
      )}
    </>
  );
}

/** The server's names of fields that are called otherwise here. */
const renamed = (field: string): string => {
  if (field === 'starts_at') return 'from';
  return field === 'ends_at' ? 'until' : field;
};

interface Props {
  /** Null for a new one. */
  silence: Silence | null;
  /** What a new one is to be of. */
  monitor?: number | undefined;
  onClose: () => void;
}

export function SilenceForm({ silence: opened, monitor, onClose }: Props) {
  const client = useQueryClient();
  const isNarrowed = useIsNarrowed();
  const [openedAt] = useState(Date.now);
  const {
    edited: silence,
    initial,
    load,
  } = useEdited(opened, (edited) => silenceForm(edited, openedAt, { monitor: monitor ?? null, isNarrowed }));
  const form = useForm({ resolver: zodResolver(silenceSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, FIELDS, renamed);
  const { errors, isDirty, isSubmitting } = form.formState;
  const refresh = () => client.invalidateQueries({ queryKey: keys.silences });

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = silenceInput(values, silence, initial, Date.now());
      await (silence ? updateSilence(silence, input) : createSilence(input));
      void refresh();
      toastSuccess(silence ? messages.edited : messages.added);
      onClose();
    }),
  );

  const loadLatest =
    silence &&
    (() =>
      guard(async () => {
        load(form, await readSilence(silence.id));
        void refresh();
      }));

  return (
    <FormDialog title={silence ? messages.edit : messages.add} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={silence ? common.save : messages.add}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`silence:${silence?.id ?? 'new'}`} form={form} />
        <InputField
          label={messages.reason}
          placeholder={messages.reasonExample}
          autoComplete="off"
          error={errors.reason?.message}
          {...form.register('reason')}
        />
        <TimeFields form={form} silence={silence} />
        <ScopeFields form={form} />
      </DialogForm>
    </FormDialog>
  );
}
