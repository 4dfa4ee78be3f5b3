import { zodResolver } from '@hookform/resolvers/zod';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
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
import { AddressField } from './address-field';
import { AlertingFields } from './alerting/alerting-fields';
import { DependsOn, Flapping } from './alerting/noise-fields';
import { BacktestPanel, NoBacktest } from './backtest/panel';
import { Anomalies } from './baseline/anomalies-fields';
import { ExternalKeyField } from './external-key-field';
import { FormPreview, usePreview } from './form-preview';
import { KIND_SCHEMAS } from './kinds/schemas';
import { KIND_SECTIONS } from './kinds/sections';
import { formMessages, KIND_MESSAGES, MONITOR_KINDS } from './messages';
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
import { type Form, useFields } from './use-fields';

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
  const { preview, ask, onPasted } = usePreview(form);
  const check = form.handleSubmit((values) =>
    guard(async () => {
      await ask(values);
    }),
  );

  const saving = useRef(false);
  // Not `isSubmitting`: a check is made of the form, too, and one of a pasted address goes on meanwhile.
  const [isSaving, setSaving] = useState(false);
  const submit = form.handleSubmit((values) => guard(() => onSubmit(values)));
  async function save(event: FormEvent) {
    event.preventDefault();
    if (saving.current) return;
    saving.current = true;
    setSaving(true);
    try {
      await submit(event);
    } finally {
      saving.current = false;
      setSaving(false);
    }
  }
  const { isDirty } = form.formState;
  const leaving = useLeaveGuard(isDirty, () => saving.current);

  // Nothing is sent to a heartbeat: it has neither an interval nor a preview, and is called by its name.
  const isHeartbeat = kind === 'heartbeat';
  // Of heartbeats pings are stored, and of the others results.
  const hasBacktest = monitorId !== undefined && isHeartbeat === (initial.kind === 'heartbeat');
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
          : 'lg:grid-cols-[minmax(0,42rem)_minmax(18rem,1fr)] lg:grid-rows-[auto_1fr] lg:gap-x-8',
      )}
      data-wide={hasBacktest || undefined}
      onSubmit={save}
    >
      {leaving}
      <div className="grid max-w-2xl grid-cols-1 content-start gap-5">
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
          <AddressField form={form} isFirst={monitorId === undefined} onPasted={onPasted} />
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

      <div
        className={cx(
          'grid max-w-2xl grid-cols-1 content-start gap-5',
          hasBacktest
            ? 'xl:sticky xl:top-6 xl:col-start-2 xl:row-span-2 xl:max-h-[calc(100dvh-3rem)] xl:max-w-none xl:self-start xl:overflow-y-auto xl:rounded-xl'
            : 'lg:sticky lg:top-6 lg:col-start-2 lg:row-span-2 lg:max-h-[calc(100dvh-3rem)] lg:max-w-none lg:self-start lg:overflow-y-auto lg:rounded-xl',
        )}
      >
        <FormPreview form={form} preview={preview} onCheck={check} />
        {hasBacktest ? (
          <BacktestPanel monitorId={monitorId} form={form} initial={initial} />
        ) : (
          <NoBacktest isNew={monitorId === undefined} />
        )}
      </div>

      <div className="flex max-w-2xl flex-wrap content-start gap-2">
        <Button type="submit" variant="primary" busy={isSaving}>
          {action}
        </Button>
        {cancel}
      </div>
    </form>
  );
}
