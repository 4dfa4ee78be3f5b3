import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { ReportTemplate } from '@/api/models';
import { createReportTemplate, readReportTemplate, updateReportTemplate } from '@/api/report-templates';
import { impactValues } from '@/api/schema';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { common } from '@/messages/common';
import { MarkdownField } from '../markdown-field';
import { IMPACT_LABELS, reportMessages } from '../messages';
import { NotifyField, StatusField } from '../update-fields';
import { templateMessages as messages } from './messages';
import { formOf, TEMPLATE_FIELDS, templateInput, templateSchema } from './template-schema';

interface Props {
  /** Null for a new one. */
  template: ReportTemplate | null;
  onClose: () => void;
}

export function TemplateDialog({ template: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: template, initial, load } = useEdited(opened, formOf);
  const form = useForm({ resolver: zodResolver(templateSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, TEMPLATE_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const refresh = () => client.invalidateQueries({ queryKey: keys.reportTemplates });
  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = templateInput(values);
      const saved = template
        ? await updateReportTemplate(template, input)
        : await createReportTemplate(input);
      void refresh();
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );
  return (
    <FormDialog title={template ? messages.edit : messages.add} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={
          template &&
          (() =>
            guard(async () => {
              load(form, await readReportTemplate(template.id));
              void refresh();
            }))
        }
        action={template ? common.save : messages.add}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`report-template:${template?.id ?? 'new'}`} form={form} />
        <InputField
          label={messages.name}
          hint={messages.nameHint}
          placeholder={messages.nameExample}
          autoComplete="off"
          maxLength={120}
          error={errors.name?.message}
          {...form.register('name')}
        />
        <InputField
          label={messages.reportTitle}
          hint={messages.titleHint}
          placeholder={reportMessages.titleExample}
          autoComplete="off"
          maxLength={200}
          error={errors.title?.message}
          {...form.register('title')}
        />
        <StatusField form={form} />
        <MarkdownField
          label={reportMessages.text}
          rows={5}
          text={form.watch('message')}
          placeholder={reportMessages.textExample}
          error={errors.message?.message}
          {...form.register('message')}
        />
        {form.watch('status') === 'resolved' ? (
          <p className="text-ink-soft text-sm">{reportMessages.allOperational}</p>
        ) : (
          <SelectField
            label={messages.impact}
            hint={messages.impactHint}
            error={errors.impact?.message}
            {...form.register('impact')}
          >
            <option value="">{messages.anyImpact}</option>
            {impactValues.map((each) => (
              <option key={each} value={each}>
                {IMPACT_LABELS[each]}
              </option>
            ))}
          </SelectField>
        )}
        <NotifyField form={form} />
      </DialogForm>
    </FormDialog>
  );
}
