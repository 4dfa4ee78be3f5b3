import { zodResolver } from '@hookform/resolvers/zod';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { type UseFormReturn, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { SlaReportInput } from '@/api/models';
import { createSlaReport, slaPreviewQuery } from '@/api/sla-reports';
import { BackLink } from '@/components/back-link';
import { Button, buttonClass } from '@/components/button';
import { useLeaveGuard } from '@/components/dialog';
import { InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { FormNotice } from '@/components/form-notice';
import { ErrorNotice } from '@/components/notice';
import { PageHeader, Section } from '@/components/page';
import { Loading } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { SegmentedControl } from '@/components/segmented-control';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { cx } from '@/lib/cx';
import { useSettled } from '@/lib/use-settled';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { slaMessages as messages } from './messages';
import { months, quarters } from './period';
import {
  formField,
  newReportForm,
  REPORT_FIELDS,
  type ReportForm,
  reportInput,
  reportSchema,
} from './report-schema';
import { ReportView } from './report-view';
import { SelectionFields, sharedFields, TargetFields, ZoneField } from './selection-fields';

const PERIODS = [
  { value: 'month', label: messages.month },
  { value: 'quarter', label: messages.quarter },
  { value: 'dates', label: messages.dates },
] as const;

type Form = UseFormReturn<ReportForm, unknown, ReportForm>;

function PeriodFields({ form, now }: { form: Form; now: number }) {
  const { errors } = form.formState;
  const [period, zone] = form.watch(['period', 'time_zone']);
  const choice = (field: 'month' | 'quarter', options: { value: string; label: string }[]) => (
    <SelectField label={messages[field]} error={errors[field]?.message} {...form.register(field)}>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </SelectField>
  );
  return (
    <>
      <SegmentedControl
        label={messages.period}
        options={PERIODS}
        {...form.register('period', { onChange: () => form.clearErrors() })}
      />
      {period === 'month' && choice('month', months(now, zone))}
      {period === 'quarter' && choice('quarter', quarters(now, zone))}
      {period === 'dates' && (
        <div className="grid gap-5 sm:grid-cols-2">
          <InputField
            label={messages.firstDay}
            type="date"
            error={errors.from?.message}
            {...form.register('from')}
          />
          <InputField
            label={messages.lastDay}
            type="date"
            error={errors.last?.message}
            {...form.register('last')}
          />
        </div>
      )}
    </>
  );
}

/** The report that the form describes, as it is filled in; without its name, which changes no figure. */
function Preview({ form }: { form: Form }) {
  const parsed = reportSchema.safeParse(form.watch());
  const input: SlaReportInput | null = parsed.success ? reportInput({ ...parsed.data, name: '' }) : null;
  const text = JSON.stringify(input);
  const settled = useSettled(text);
  const query = useQuery({
    ...slaPreviewQuery(JSON.parse(settled) as SlaReportInput | null),
    placeholderData: keepPreviousData,
  });
  const isCurrent = settled === text;
  return (
    <Section title={messages.preview}>
      <div aria-live="polite" aria-busy={query.isFetching || !isCurrent}>
        {input === null && <p className="text-ink-soft text-sm">{messages.noPreview}</p>}
        {input !== null && isCurrent && query.error && <ErrorNotice error={query.error} />}
        {input !== null && query.isLoading && <Loading rows={3} className="h-24" />}
        {input !== null && query.data && !(isCurrent && query.error) && (
          <div className={cx('transition-opacity', (!isCurrent || query.isPlaceholderData) && 'opacity-60')}>
            <ReportView content={query.data} />
          </div>
        )}
      </div>
    </Section>
  );
}

function NewReport() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [openedAt] = useState(Date.now);
  const [initial] = useState(() => newReportForm(openedAt));
  const form: Form = useForm({ resolver: zodResolver(reportSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, REPORT_FIELDS, formField);
  const { errors, isDirty, isSubmitting } = form.formState;
  const saving = useRef(false);
  const leaving = useLeaveGuard(isDirty, () => saving.current);
  const shared = sharedFields(form);

  const save = form.handleSubmit((values) =>
    guard(async () => {
      saving.current = true;
      try {
        const report = await createSlaReport(reportInput(values));
        void client.invalidateQueries({ queryKey: keys.slaReportList });
        toastSuccess(messages.kept(report.name));
        await navigate({ to: '/sla-reports/$reportId', params: { reportId: report.id } });
      } finally {
        saving.current = false;
      }
    }),
  );

  return (
    <>
      <form noValidate className="grid max-w-2xl gap-5" onSubmit={save}>
        {leaving}
        <FormNotice error={banner} />
        <UnsavedInput name="sla-report:new" form={form} />
        <div className="card grid grid-cols-1 gap-5 p-5">
          <PeriodFields form={form} now={openedAt} />
          <ZoneField form={shared} />
          <SelectionFields form={shared} />
          <TargetFields form={shared} />
          <InputField
            label={common.name}
            hint={messages.nameHint}
            autoComplete="off"
            error={errors.name?.message}
            {...form.register('name')}
          />
        </div>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {messages.keep}
          </Button>
          <Link to="/sla-reports" className={buttonClass()}>
            {common.cancel}
          </Link>
        </div>
      </form>
      <Preview form={form} />
    </>
  );
}

export function NewSlaReportPage() {
  return (
    <>
      <BackLink to="/sla-reports">{PAGE_TITLES.slaReports}</BackLink>
      <PageHeader title={messages.newReport} />
      <RequirePermission permission="manageMonitors">
        <NewReport />
      </RequirePermission>
    </>
  );
}
