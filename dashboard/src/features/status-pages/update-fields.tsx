import { useId } from 'react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import type { ComponentImpact, Impact, ReportUpdateDraft } from '@/api/models';
import { reportStatusValues } from '@/api/schema';
import { Messages } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import { ImpactField } from './impact-field';
import { MarkdownField } from './markdown-field';
import { reportMessages as messages, REPORT_STATUS_HINTS, REPORT_STATUS_LABELS } from './messages';
import { NotificationPreview } from './notification-preview';
import { type NamedComponent, type UpdateForm, type UpdateFormApi, updateInput } from './report-schema';

const STATUSES = reportStatusValues.map((value) => ({ value, label: REPORT_STATUS_LABELS[value] }));

const NOTIFY = [
  { value: 'yes', label: messages.notifyYes },
  { value: 'no', label: messages.notifyNo },
] as const;

/** A form with some of the fields of an update. */
interface Part<K extends keyof UpdateForm, F extends Pick<UpdateForm, K>, V> {
  form: UseFormReturn<F, unknown, V>;
}

/** How far the work is. */
export function StatusField<F extends Pick<UpdateForm, 'status'>, V>({ form: given }: Part<'status', F, V>) {
  const form = given as unknown as UpdateFormApi;
  return (
    <div>
      <SegmentedControl label={messages.status} options={STATUSES} {...form.register('status')} />
      <p className="mt-1.5 text-ink-soft text-xs">{REPORT_STATUS_HINTS[form.watch('status')]}</p>
    </div>
  );
}

/** Neither is chosen at first: what was sent cannot be taken back, and what was not cannot be made up for. */
export function NotifyField<F extends Pick<UpdateForm, 'notify'>, V>({ form: given }: Part<'notify', F, V>) {
  const form = given as unknown as UpdateFormApi;
  const id = useId();
  const error = form.formState.errors.notify?.message;
  return (
    <fieldset aria-describedby={error ? `${id}-error` : `${id}-hint`}>
      <legend className="mb-1.5 font-medium text-sm">{messages.notify}</legend>
      <div className="flex flex-wrap gap-x-6">
        {NOTIFY.map(({ value, label }) => (
          <label key={value} className="flex min-h-9 items-center gap-2.5 text-sm">
            <input
              type="radio"
              value={value}
              aria-invalid={error ? true : undefined}
              className="size-4 shrink-0 accent-ink"
              {...form.register('notify')}
            />
            {label}
          </label>
        ))}
      </div>
      <Messages id={id} error={error} hint={messages.notifyHint} />
    </fieldset>
  );
}

interface Props<F extends UpdateForm, V> {
  pageId: number;
  /** The report that the update is of: its id or, of a new one, its title. */
  of: Pick<ReportUpdateDraft, 'report_id' | 'title'>;
  /** The impacts by now. */
  known?: readonly ComponentImpact[];
  form: UseFormReturn<F, unknown, V>;
  components: readonly NamedComponent[];
  /** The impact of a component that is added. */
  impact?: Impact | undefined;
  rows?: number;
}

/** What an update says: how far the work is, in words, who is affected, and who is notified. */
export function UpdateFields<F extends UpdateForm, V>({
  pageId,
  of,
  known,
  form: given,
  components,
  impact = 'partial_outage',
  rows = 6,
}: Props<F, V>) {
  const form = given as unknown as UpdateFormApi;
  const { errors } = form.formState;
  const values = form.watch();
  const { status, message, notify } = values;
  return (
    <>
      <StatusField form={form} />
      <MarkdownField
        label={messages.text}
        rows={rows}
        text={message}
        placeholder={messages.textExample}
        error={errors.message?.message}
        {...form.register('message')}
      />
      {status === 'resolved' ? (
        <p className="text-ink-soft text-sm">{messages.allOperational}</p>
      ) : (
        <Controller
          control={form.control}
          name="components"
          render={({ field }) => (
            <ImpactField
              components={components}
              added={impact}
              value={field.value}
              error={errors.components?.message}
              problems={field.value.map((_, at) => {
                const wrong = errors.components?.[at];
                return wrong?.component_id?.message ?? wrong?.impact?.message;
              })}
              onChange={field.onChange}
            />
          )}
        />
      )}
      <NotifyField form={form} />
      {notify === 'yes' && message.trim() !== '' && (
        <NotificationPreview
          pageId={pageId}
          draft={{ ...of, update: updateInput({ ...values, notify }, known) }}
        />
      )}
    </>
  );
}
