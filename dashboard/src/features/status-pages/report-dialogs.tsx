import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Impact, ReportUpdate, StatusPage, StatusReport } from '@/api/models';
import { deleted } from '@/api/problem';
import {
  addReportUpdate,
  deleteReport,
  editReportUpdate,
  readReport,
  updateReport,
} from '@/api/status-reports';
import { ConfirmDialog, FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { browserTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { validation } from '@/messages/validation';
import { MarkdownField } from './markdown-field';
import { reportMessages as messages, RESOLVED_TEXTS } from './messages';
import {
  componentsOf,
  instantOf,
  localTimeOf,
  MAX_POSTMORTEM,
  messageField,
  startedAtField,
  titleField,
  UPDATE_FIELDS,
  updateField,
  updateInput,
  updateSchema,
} from './report-schema';
import { TemplateChoice } from './templates/template-choice';
import { UpdateFields } from './update-fields';

/** Shows a report as it is now, wherever it is shown. */
function useRemember() {
  const client = useQueryClient();
  return (report: StatusReport) => {
    client.setQueryData(keys.statusReport(report.id), report);
    void client.invalidateQueries({ queryKey: keys.statusReportList(report.status_page_id) });
  };
}

interface Props {
  report: StatusReport;
  onClose: () => void;
}

interface UpdateProps extends Props {
  page: StatusPage;
  /** Whether it is to be the last one. */
  resolves: boolean;
}

/** Publishes an update. */
export function UpdateDialog({ page, report, resolves, onClose }: UpdateProps) {
  const remember = useRemember();
  const [impact, setImpact] = useState<Impact>();
  const form = useForm({
    resolver: zodResolver(updateSchema),
    defaultValues: {
      status: resolves ? ('resolved' as const) : report.status,
      message: resolves ? RESOLVED_TEXTS[page.locale] : '',
      components: report.components,
      notify: '' as const,
    },
  });
  const { banner, guard } = useServerErrors(form, UPDATE_FIELDS, (field) =>
    updateField(field, form.getValues('components'), report.components),
  );
  const { isDirty, isSubmitting } = form.formState;
  const publish = form.handleSubmit((values) =>
    guard(async () => {
      remember(await addReportUpdate(report.id, updateInput(values, report.components)));
      toastSuccess(values.status === 'resolved' ? messages.resolved : messages.updateAdded);
      onClose();
    }),
  );
  return (
    <FormDialog title={resolves ? messages.resolve : messages.addUpdate} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        action={resolves ? messages.resolve : messages.addUpdate}
        busy={isSubmitting}
        onSubmit={publish}
      >
        <UnsavedInput name={`report:${report.id}:update`} form={form} />
        <TemplateChoice
          form={form}
          components={componentsOf(page)}
          onUse={(template) => setImpact(template.impact ?? undefined)}
        />
        <UpdateFields
          pageId={page.id}
          of={{ report_id: report.id }}
          known={report.components}
          form={form}
          components={componentsOf(page)}
          impact={impact}
          rows={4}
        />
      </DialogForm>
    </FormDialog>
  );
}

const wordsSchema = z.object({ message: messageField });

/** Changes what an update says. */
export function WordsDialog({ report: opened, update, onClose }: Props & { update: ReportUpdate }) {
  const remember = useRemember();
  const {
    edited: report,
    initial,
    load,
  } = useEdited(opened, ({ updates }) => ({
    message: updates.find(({ id }) => id === update.id)?.message ?? '',
  }));
  const form = useForm({ resolver: zodResolver(wordsSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['message']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ message }) =>
    guard(async () => {
      remember(await editReportUpdate(report, update.id, message));
      toastSuccess(common.saved(report.title));
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.editUpdate} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={() =>
          guard(async () => {
            const latest = await readReport(report.id);
            if (!latest.updates.some(({ id }) => id === update.id)) throw deleted();
            load(form, latest);
          })
        }
        action={common.save}
        busy={isSubmitting}
        onSubmit={save}
      >
        <MarkdownField
          label={messages.text}
          rows={8}
          text={form.watch('message')}
          error={errors.message?.message}
          {...form.register('message')}
        />
        <p className="text-ink-soft text-xs">{messages.editUpdateHint}</p>
      </DialogForm>
    </FormDialog>
  );
}

const reportSchema = z.object({
  title: titleField,
  started_at: startedAtField.min(1, validation.required),
});

/** Changes what a report is called and when it began. */
export function ReportDialog({ report: opened, onClose }: Props) {
  const remember = useRemember();
  const {
    edited: report,
    initial,
    load,
  } = useEdited(opened, ({ title, started_at: at }) => ({
    title,
    started_at: localTimeOf(at),
  }));
  const form = useForm({ resolver: zodResolver(reportSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['title', 'started_at']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ title, started_at: startedAt }) =>
    guard(async () => {
      const saved = await updateReport(report, {
        title,
        ...(startedAt !== initial.started_at && { started_at: instantOf(startedAt) }),
      });
      remember(saved);
      toastSuccess(common.saved(saved.title));
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.editReport} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={() => guard(async () => load(form, await readReport(report.id)))}
        action={common.save}
        busy={isSubmitting}
        onSubmit={save}
      >
        <InputField
          label={messages.title}
          autoComplete="off"
          error={errors.title?.message}
          {...form.register('title')}
        />
        <InputField
          label={messages.startedAt}
          type="datetime-local"
          hint={messages.startedHint(browserTimeZone())}
          error={errors.started_at?.message}
          {...form.register('started_at')}
        />
      </DialogForm>
    </FormDialog>
  );
}

const postmortemSchema = z.object({
  postmortem: z.string().trim().max(MAX_POSTMORTEM, validation.maxCharacters(MAX_POSTMORTEM)),
});

/** Writes down what was learnt. */
export function PostmortemDialog({ report: opened, onClose }: Props) {
  const remember = useRemember();
  const {
    edited: report,
    initial,
    load,
  } = useEdited(opened, ({ postmortem }) => ({
    postmortem: postmortem ?? '',
  }));
  const form = useForm({ resolver: zodResolver(postmortemSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['postmortem']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ postmortem }) =>
    guard(async () => {
      const saved = await updateReport(report, { postmortem: postmortem || null });
      remember(saved);
      toastSuccess(common.saved(saved.title));
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.postmortem} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={() => guard(async () => load(form, await readReport(report.id)))}
        action={common.save}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`report:${report.id}:postmortem`} form={form} />
        <MarkdownField
          label={messages.postmortem}
          rows={14}
          text={form.watch('postmortem')}
          error={errors.postmortem?.message}
          {...form.register('postmortem')}
        />
        {report.postmortem !== null && (
          <p className="text-ink-soft text-xs">{messages.removePostmortemHint}</p>
        )}
      </DialogForm>
    </FormDialog>
  );
}

export function DeleteReportDialog({ report, onClose }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteReport(report.id),
    async onSuccess() {
      toastSuccess(common.removed(report.title));
      await navigate({ to: '/status-pages/$pageId/reports', params: { pageId: report.status_page_id } });
      client.removeQueries({ queryKey: keys.statusReport(report.id) });
      void client.invalidateQueries({ queryKey: keys.statusReports });
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(report.title)}
      action={messages.deleteReport}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}
