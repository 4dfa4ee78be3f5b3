import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Controller, type FieldPath, type FieldValues, type UseFormReturn } from 'react-hook-form';
import { statusPagesQuery } from '@/api/status-pages';
import { useCan } from '@/api/use-session';
import { CheckField, InputField, SelectField } from '@/components/field';
import { MonitorPicker } from '@/components/monitor-picker';
import { SegmentedControl } from '@/components/segmented-control';
import { TagChoice } from '@/components/tag-choice';
import { formatTimeZone, timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { pickerMessages } from '@/messages/monitor-picker';
import { tagMessages } from '@/messages/tags';
import { PAGE_TITLES } from '@/messages/terms';
import { slaMessages as messages } from './messages';

const SELECTIONS = [
  { value: 'monitors', label: pickerMessages.selected },
  { value: 'tag', label: tagMessages.byTag },
  { value: 'page', label: messages.byPage },
] as const;

/** What reports and schedules have in common. */
export interface Shared extends FieldValues {
  time_zone: string;
  by: 'monitors' | 'tag' | 'page';
  monitors: number[];
  tag: string;
  page: string;
  target: string;
  exclude_maintenance: boolean;
}

/** The form, of which only the shared fields are used. */
type SharedForm = UseFormReturn<Shared, unknown, Shared>;

export const sharedFields = <F extends Shared>(form: UseFormReturn<F, unknown, F>): SharedForm =>
  form as unknown as SharedForm;

const errorOf = (form: SharedForm, field: FieldPath<Shared>): string | undefined =>
  form.formState.errors[field]?.message as string | undefined;

export function ZoneField({ form }: { form: SharedForm }) {
  const initial = form.formState.defaultValues?.time_zone ?? 'UTC';
  const options = useMemo(() => timeZones(initial), [initial]);
  return (
    <SelectField
      label={common.timeZone}
      hint={messages.zoneHint}
      error={errorOf(form, 'time_zone')}
      {...form.register('time_zone')}
    >
      {options.map((zone) => (
        <option key={zone} value={zone}>
          {formatTimeZone(zone)}
        </option>
      ))}
    </SelectField>
  );
}

function PageChoice({ form }: { form: SharedForm }) {
  const { data: pages } = useQuery(statusPagesQuery);
  const chosen = form.watch('page');
  const titles = new Map((pages?.items ?? []).map(({ id, title }) => [String(id), title]));
  // One that is gone, or not loaded yet, stays chosen.
  if (chosen !== '' && !titles.has(chosen)) titles.set(chosen, chosen);
  return (
    <SelectField
      label={messages.page}
      hint={pages?.items.length === 0 && messages.noPages}
      error={errorOf(form, 'page')}
      {...form.register('page')}
    >
      <option value="">{messages.choosePage}</option>
      {[...titles].map(([id, title]) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
    </SelectField>
  );
}

function MonitorChoice({ form }: { form: SharedForm }) {
  return (
    <Controller
      control={form.control}
      name="monitors"
      render={({ field }) => (
        <MonitorPicker selected={field.value} onChange={field.onChange} error={errorOf(form, 'monitors')} />
      )}
    />
  );
}

/** Of which monitors. */
export function SelectionFields({ form }: { form: SharedForm }) {
  const seesPages = useCan('viewStatusPages');
  const by = form.watch('by');
  return (
    <>
      <SegmentedControl
        label={PAGE_TITLES.monitors}
        options={SELECTIONS.filter(({ value }) => value !== 'page' || seesPages)}
        {...form.register('by', { onChange: () => form.clearErrors(['monitors', 'tag', 'page']) })}
      />
      {by === 'monitors' && <MonitorChoice form={form} />}
      {by === 'tag' && (
        <TagChoice chosen={form.watch('tag')} error={errorOf(form, 'tag')} {...form.register('tag')} />
      )}
      {by === 'page' && <PageChoice form={form} />}
    </>
  );
}

/** What has to be reached. */
export function TargetFields({ form }: { form: SharedForm }) {
  return (
    <>
      <InputField
        label={messages.target}
        unit="%"
        inputMode="decimal"
        autoComplete="off"
        hint={messages.targetHint}
        error={errorOf(form, 'target')}
        {...form.register('target')}
      />
      <CheckField
        label={messages.excludeMaintenance}
        hint={messages.excludeHint}
        {...form.register('exclude_maintenance')}
      />
    </>
  );
}
