import { zodResolver } from '@hookform/resolvers/zod';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Impact, ReportDraft, StatusPage } from '@/api/models';
import { ApiError } from '@/api/problem';
import { publishReport, reportDraftsQuery } from '@/api/status-reports';
import { Button, buttonClass } from '@/components/button';
import { useLeaveGuard } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { browserTimeZone } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { reportMessages as messages } from './messages';
import { PageHead } from './page-head';
import {
  componentsOf,
  instantOf,
  localTimeOf,
  newReportSchema,
  UPDATE_FIELDS,
  updateInput,
} from './report-schema';
import { TemplateChoice } from './templates/template-choice';
import { UpdateFields } from './update-fields';
import { WithStatusPage } from './with-status-page';

const FIELDS = ['title', 'started_at', ...UPDATE_FIELDS] as const;

/** The first update is nested in what is sent, and not in the form. */
async function unnested<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (error) {
    if (error instanceof ApiError) {
      for (const each of error.fields) each.field = each.field.replace(/^update\./, '');
    }
    throw error;
  }
}

interface Props {
  page: StatusPage;
  /** The incident that it is about, and what that suggests. */
  incident: string | undefined;
  draft: ReportDraft | undefined;
}

function ReportForm({ page, incident, draft }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const isSaved = useRef(false);
  const [impact, setImpact] = useState<Impact>();
  const form = useForm({
    resolver: zodResolver(newReportSchema),
    defaultValues: {
      title: draft?.title ?? '',
      started_at: draft ? localTimeOf(draft.started_at) : '',
      status: draft?.status ?? ('investigating' as const),
      message: draft?.message ?? '',
      components: draft?.components ?? [],
      notify: '' as const,
    },
  });
  const { banner, guard } = useServerErrors(form, FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const leaving = useLeaveGuard(isDirty, () => isSaved.current);

  const publish = form.handleSubmit(({ title, started_at: startedAt, ...update }) =>
    guard(async () => {
      const report = await unnested(
        publishReport(page.id, {
          title,
          // To the second as the incident has it, unless it was changed.
          ...(startedAt !== '' && {
            started_at:
              draft && startedAt === localTimeOf(draft.started_at) ? draft.started_at : instantOf(startedAt),
          }),
          ...(incident && draft && { incident_id: incident }),
          update: updateInput(update),
        }),
      );
      isSaved.current = true;
      client.setQueryData(keys.statusReport(report.id), report);
      void client.invalidateQueries({ queryKey: keys.statusReportList(page.id) });
      if (incident) void client.invalidateQueries({ queryKey: keys.reportDrafts(incident) });
      toastSuccess(messages.published(report.title));
      await navigate({
        to: '/status-pages/$pageId/reports/$reportId',
        params: { pageId: page.id, reportId: report.id },
      });
    }),
  );

  return (
    <form noValidate className="grid max-w-2xl gap-5" onSubmit={publish}>
      {leaving}
      {banner && <ErrorNotice error={banner} />}
      {draft && (
        <p role="note" className="rounded-lg border border-line bg-sunken px-4 py-3 text-sm">
          {messages.fromIncident}
        </p>
      )}
      {incident && !draft && (
        <p role="note" className="rounded-lg border border-line bg-sunken px-4 py-3 text-sm">
          {messages.noDraft}
        </p>
      )}
      <UnsavedInput name={`report:${page.id}:new`} form={form} />
      <div className="card grid grid-cols-1 gap-5 p-5">
        <TemplateChoice
          form={form}
          components={componentsOf(page)}
          onUse={(template) => setImpact(template.impact ?? undefined)}
        />
        <InputField
          label={messages.title}
          placeholder={messages.titleExample}
          autoComplete="off"
          maxLength={200}
          error={errors.title?.message}
          {...form.register('title')}
        />
        <UpdateFields
          pageId={page.id}
          of={{ title: form.watch('title') }}
          form={form}
          components={componentsOf(page)}
          impact={impact}
        />
        <InputField
          label={messages.startedAt}
          type="datetime-local"
          className="max-w-72"
          hint={messages.startedNowHint(browserTimeZone())}
          error={errors.started_at?.message}
          {...form.register('started_at')}
        />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={isSubmitting}>
          {messages.publish}
        </Button>
        <Link
          to="/status-pages/$pageId/reports"
          params={{ pageId: page.id }}
          className={buttonClass('ghost')}
        >
          {common.cancel}
        </Link>
      </div>
    </form>
  );
}

/** With what an incident suggests; a report that there is already is offered instead. */
function FromIncident({ page, incident }: { page: StatusPage; incident: string }) {
  const query = useQuery(reportDraftsQuery(incident));
  return (
    <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
      {({ items }) => {
        const draft = items.find(({ status_page_id: id }) => id === page.id);
        if (draft?.report_id != null) {
          return (
            <p className="card px-5 py-4 text-sm">
              {messages.existing}{' '}
              <Link
                to="/status-pages/$pageId/reports/$reportId"
                params={{ pageId: page.id, reportId: draft.report_id }}
                className="font-medium underline underline-offset-4"
              >
                {messages.openExisting}
              </Link>
            </p>
          );
        }
        return <ReportForm page={page} incident={incident} draft={draft} />;
      }}
    </QueryView>
  );
}

export function NewReportPage() {
  const { pageId } = useParams({ from: '/logged-in/status-pages/$pageId/reports/new' });
  const { incident } = useSearch({ from: '/logged-in/status-pages/$pageId/reports/new' });
  return (
    <WithStatusPage id={pageId}>
      {(page) => (
        <>
          <PageHead page={page} />
          <RequirePermission permission="manageReports">
            <Section title={messages.newReport} className="-mt-2">
              {incident ? (
                <FromIncident page={page} incident={incident} />
              ) : (
                <ReportForm page={page} incident={undefined} draft={undefined} />
              )}
            </Section>
          </RequirePermission>
        </>
      )}
    </WithStatusPage>
  );
}
