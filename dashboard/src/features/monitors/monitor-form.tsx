import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import type { ReactNode } from 'react';
import { useForm } from 'react-hook-form';
import { previewMonitor } from '@/api/monitors';
import { KINDS, type Kind } from '@/api/types';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { SegmentedControl } from '@/components/segmented-control';
import { useServerErrors } from '@/lib/form-errors';
import { formatDuration } from '@/lib/format';
import { CheckOutcome } from './check-outcome';
import { HttpFields } from './http-fields';
import { KIND_LOOKS } from './kinds';
import { inputOf } from './monitor-input';
import {
  BASIC_FIELDS,
  type MonitorForm as Fields,
  KIND_FIELDS,
  type MonitorValues,
  monitorSchema,
  TIMING_FIELDS,
} from './monitor-schema';
import { MainFields, NetFields } from './net-fields';
import { TimingFields } from './timing-fields';
import { type Form, TECHNICAL, useFields } from './use-fields';

const DEFAULT_NAMES: Partial<Record<Kind, string>> = { http: 'host of the URL', dns: 'domain name' };
const INTERVALS = [30, 60, 300, 900, 3_600];
const CHOICES = KINDS.map((value) => ({ value, label: KIND_LOOKS[value].label }));

function Interval({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const interval = Number(form.watch('interval_seconds'));
  return (
    <div>
      <InputField
        label="Interval"
        unit="s"
        inputMode="numeric"
        autoComplete="off"
        className="max-w-60"
        hint={interval > 0 ? `A check every ${formatDuration(interval)}.` : 'From 10 s to a day.'}
        {...bind('interval_seconds')}
      />
      <fieldset aria-label="Usual intervals" className="mt-3 flex flex-wrap gap-1.5">
        {INTERVALS.map((seconds) => (
          <button
            key={seconds}
            type="button"
            aria-pressed={interval === seconds}
            onClick={() =>
              form.setValue('interval_seconds', String(seconds), {
                shouldDirty: true,
                shouldValidate: form.formState.isSubmitted,
              })
            }
            className="min-h-8 rounded-full border border-line px-3 text-sm max-sm:px-2 hover:border-line-strong aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper"
          >
            {formatDuration(seconds)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

const keepsSecret = (values: MonitorValues | undefined): boolean =>
  values !== undefined && JSON.stringify(inputOf(values)).includes('"***"');

interface Props {
  initial: Fields;
  action: string;
  cancel: ReactNode;
  onSubmit: (values: MonitorValues) => Promise<void>;
}

export function MonitorForm({ initial, action, cancel, onSubmit }: Props) {
  const form = useForm<Fields, unknown, MonitorValues>({
    resolver: zodResolver(monitorSchema),
    defaultValues: initial,
  });
  const kind = form.watch('kind');
  const { bind } = useFields(form);
  const { banner, guard } = useServerErrors(form, [...BASIC_FIELDS, ...KIND_FIELDS[kind], ...TIMING_FIELDS]);
  const looks = KIND_LOOKS[kind];
  const preview = useMutation({ mutationFn: (values: MonitorValues) => previewMonitor(inputOf(values)) });
  const check = form.handleSubmit((values) =>
    guard(async () => {
      await preview.mutateAsync(values);
    }),
  );

  return (
    <form
      noValidate
      className="grid max-w-2xl gap-5"
      onSubmit={form.handleSubmit((values) => guard(() => onSubmit(values)))}
    >
      {banner && <ErrorNotice error={banner} />}
      <div className="card grid gap-5 p-5">
        <div>
          <SegmentedControl
            label="Kind"
            options={CHOICES}
            {...form.register('kind', { onChange: () => form.clearErrors() })}
          />
          <p className="mt-1.5 text-ink-soft text-xs">{looks.checks}</p>
        </div>
        <InputField
          label={looks.address}
          type={kind === 'http' ? 'url' : 'text'}
          inputMode="url"
          {...TECHNICAL}
          placeholder={looks.placeholder}
          hint={looks.hint}
          {...bind('url')}
        />
        <MainFields form={form} kind={kind} />
        <InputField
          label="Name"
          hint={`What you call it. If blank, the ${DEFAULT_NAMES[kind] ?? 'host'}.`}
          autoComplete="off"
          {...bind('name')}
        />
        <Interval form={form} />
      </div>

      <div className="grid gap-2.5">
        {kind === 'http' ? <HttpFields form={form} /> : <NetFields key={kind} form={form} kind={kind} />}
        <TimingFields form={form} />
      </div>

      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={form.formState.isSubmitting && !preview.isPending}>
          {action}
        </Button>
        <Button busy={preview.isPending} onClick={check}>
          {!preview.isPending && <Zap className="size-4" aria-hidden />}
          Preview
        </Button>
        {cancel}
      </div>
      <div role="status" className="empty:hidden">
        {preview.error && keepsSecret(preview.variables) && (
          <p className="text-ink-soft text-sm">
            A preview does not know the secrets that are kept: type them anew for it. Saving keeps them.
          </p>
        )}
        {preview.data && !preview.isPending && (
          <section aria-label="Preview" className="card grid gap-4 p-5">
            <CheckOutcome answer={preview.data} />
            <p className="text-ink-soft text-xs">One check of what the form says. Nothing is saved yet.</p>
          </section>
        )}
      </div>
    </form>
  );
}
