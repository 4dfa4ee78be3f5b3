import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { useForm } from 'react-hook-form';
import { previewMonitor } from '@/api/monitors';
import { Button } from '@/components/button';
import { useLeaveGuard } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { FormNotice } from '@/components/form-notice';
import { SegmentedControl } from '@/components/segmented-control';
import { UnsavedInput } from '@/components/unsaved-input';
import { cx } from '@/lib/cx';
import { formatDuration } from '@/lib/format';
import { common } from '@/messages/common';
import { AlertingFields } from './alerting/alerting-fields';
import { DependsOn, Flapping } from './alerting/noise-fields';
import { BacktestPanel, NoBacktest } from './backtest/panel';
import { Anomalies } from './baseline/anomalies-fields';
import { CheckSummary } from './check-summary';
import { ExternalKeyField } from './external-key-field';
import { slugOf } from './kinds/heartbeat-schema';
import { KIND_SCHEMAS } from './kinds/schemas';
import { KIND_SECTIONS } from './kinds/sections';
import { formMessages, KIND_MESSAGES, MONITOR_KINDS, monitorMessages } from './messages';
import { inputOf } from './monitor-input';
import {
  ALERTING_FIELDS,
  BASIC_FIELDS,
  type MonitorForm as Fields,
  type MonitorValues,
  monitorSchema,
  TIMING_FIELDS,
} from './monitor-schema';
import { REGION_FIELDS } from './regions/quorum';
import { RegionFields } from './regions/region-fields';
import { TagField } from './tag-field';
import { TimingFields } from './timing-fields';
import { type Form, TECHNICAL, useFields } from './use-fields';

const INTERVALS = [30, 60, 300, 900, 3_600];
const KIND_OPTIONS = MONITOR_KINDS.map((value) => ({ value, label: KIND_MESSAGES[value].label }));

function Interval({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const interval = Number(form.watch('interval_seconds'));
  return (
    <div>
      <InputField
        label={formMessages.interval}
        unit="s"
        inputMode="numeric"
        autoComplete="off"
        className="max-w-60"
        hint={formMessages.intervalHint(interval)}
        {...bind('interval_seconds')}
      />
      <fieldset aria-label="Common intervals" className="mt-3 flex flex-wrap gap-1.5">
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

const hasSavedSecret = (values: MonitorValues | undefined): boolean =>
  values !== undefined && JSON.stringify(inputOf(values)).includes('"***"');

interface Props {
  /** Names what is kept of it when the session ends. */
  draft: string;
  /** Of one that is saved. */
  monitorId?: number;
  initial: Fields;
  action: string;
  cancel: ReactNode;
  onSubmit: (values: MonitorValues) => Promise<void>;
  /** Loads the latest version into the form. */
  onLoadLatest?: (form: Form) => Promise<void>;
}

export function MonitorForm({ draft, monitorId, initial, action, cancel, onSubmit, onLoadLatest }: Props) {
  const form = useForm<Fields, unknown, MonitorValues>({
    resolver: zodResolver(monitorSchema),
    defaultValues: initial,
  });
  const kind = form.watch('kind');
  const { bind } = useFields(form);
  const { banner, guard } = useServerErrors(form, [
    ...BASIC_FIELDS,
    ...KIND_SCHEMAS[kind].fields,
    ...TIMING_FIELDS,
    ...ALERTING_FIELDS,
    ...REGION_FIELDS,
    'external_key',
  ]);
  const messages = KIND_MESSAGES[kind];
  const { Main, Options } = KIND_SECTIONS[kind];
  const preview = useMutation({ mutationFn: (values: MonitorValues) => previewMonitor(inputOf(values)) });
  const check = form.handleSubmit((values) =>
    guard(async () => {
      await preview.mutateAsync(values);
    }),
  );

  const saving = useRef(false);
  const save = form.handleSubmit((values) =>
    guard(async () => {
      saving.current = true;
      try {
        await onSubmit(values);
      } finally {
        saving.current = false;
      }
    }),
  );
  const { isDirty } = form.formState;
  const leaving = useLeaveGuard(isDirty, () => saving.current);

  // Nothing is sent to a heartbeat: it has neither an interval nor a preview, and is called by its name.
  const isHeartbeat = kind === 'heartbeat';
  // Of heartbeats pings are stored, and of the others results.
  const hasBacktest = monitorId !== undefined && isHeartbeat === (initial.kind === 'heartbeat');
  const madeSlug = isHeartbeat ? slugOf(form.watch('name')) : '';
  const name = (
    <InputField label={common.name} hint={formMessages.nameHint(kind)} autoComplete="off" {...bind('name')} />
  );

  return (
    <form
      noValidate
      className={cx(
        'grid grid-cols-1 gap-5',
        hasBacktest
          ? 'xl:grid-cols-[minmax(0,42rem)_minmax(0,1fr)] xl:grid-rows-[auto_1fr] xl:gap-x-8'
          : 'max-w-2xl',
      )}
      data-wide={hasBacktest || undefined}
      onSubmit={save}
    >
      {leaving}
      <div className={cx('grid grid-cols-1 gap-5', hasBacktest && 'max-w-2xl')}>
        <FormNotice error={banner} onLoadLatest={onLoadLatest && (() => guard(() => onLoadLatest(form)))} />
        <UnsavedInput name={draft} form={form} />
        <div className="card grid grid-cols-1 gap-5 p-5">
          <div>
            <SegmentedControl
              label={common.type}
              options={KIND_OPTIONS}
              {...form.register('kind', { onChange: () => form.clearErrors() })}
            />
            <p className="mt-1.5 text-ink-soft text-xs">{messages.description}</p>
          </div>
          {isHeartbeat && name}
          <InputField
            label={messages.addressLabel}
            type={kind === 'http' ? 'url' : 'text'}
            inputMode={isHeartbeat ? 'text' : 'url'}
            {...TECHNICAL}
            placeholder={madeSlug || messages.addressExample}
            hint={messages.addressHint}
            {...bind('url')}
          />
          {Main && <Main form={form} />}
          {!isHeartbeat && name}
          <TagField form={form} />
          {!isHeartbeat && <Interval form={form} />}
        </div>

        {!isHeartbeat && <RegionFields form={form} />}

        <AlertingFields form={form} monitorId={monitorId} />

        <div className="grid gap-2.5">
          <Options form={form} />
          {!isHeartbeat && <TimingFields form={form} />}
          <DependsOn form={form} monitorId={monitorId} />
          <Flapping form={form} />
          {!isHeartbeat && <Anomalies form={form} />}
          <ExternalKeyField form={form} />
        </div>
      </div>

      {hasBacktest ? (
        <div className="max-w-2xl xl:sticky xl:top-6 xl:col-start-2 xl:row-span-2 xl:max-h-[calc(100dvh-3rem)] xl:max-w-none xl:self-start xl:overflow-y-auto xl:rounded-xl">
          <BacktestPanel monitorId={monitorId} form={form} initial={initial} />
        </div>
      ) : (
        <NoBacktest isNew={monitorId === undefined} />
      )}

      <div className={cx('grid grid-cols-1 content-start gap-5', hasBacktest && 'max-w-2xl')}>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" busy={form.formState.isSubmitting && !preview.isPending}>
            {action}
          </Button>
          {!isHeartbeat && (
            <Button busy={preview.isPending} onClick={check}>
              {!preview.isPending && <Zap className="size-4" aria-hidden />}
              {monitorMessages.preview}
            </Button>
          )}
          {cancel}
        </div>
        <div role="status" className="empty:hidden">
          {preview.error && hasSavedSecret(preview.variables) && (
            <p className="text-ink-soft text-sm">
              A preview cannot use saved secrets. Enter them again to preview, or save to keep them.
            </p>
          )}
          {preview.data && !preview.isPending && !isHeartbeat && (
            <section aria-label={monitorMessages.preview} className="card grid gap-4 p-5">
              <CheckSummary check={preview.data} />
              <p className="text-ink-soft text-xs">One-off check with these settings. Nothing is saved.</p>
            </section>
          )}
        </div>
      </div>
    </form>
  );
}
