import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import type { ReportTemplate } from '@/api/models';
import { reportTemplatesQuery } from '@/api/report-templates';
import { ConfirmDialog } from '@/components/dialog';
import { SelectField } from '@/components/field';
import type { UpdateForm } from '../report-schema';
import { templateMessages as messages } from './messages';
import { notifyChoice } from './template-schema';

/** An update that is written, of a new report with its title. */
type Written = UpdateForm & { title?: string };

type Text = 'title' | 'message';

interface Props<F extends Written, V> {
  form: UseFormReturn<F, unknown, V>;
  /** Those that the page has now. */
  components: readonly { id: number }[];
  /** What else the template says. */
  onUse: (template: ReportTemplate) => void;
}

/** Fills a form with a template. What was typed is replaced only once that was asked. Renders nothing without templates. */
export function TemplateChoice<F extends Written, V>({ form: given, components, onUse }: Props<F, V>) {
  const form = given as unknown as UseFormReturn<Written>;
  const { data } = useQuery(reportTemplatesQuery);
  const [asking, setAsking] = useState<ReportTemplate | null>(null);
  const [used, setUsed] = useState<ReportTemplate | null>(null);
  // Of a template that was used before: nobody has typed it.
  const filled = useRef<Partial<Record<Text, string>>>({});
  const { defaultValues, isSubmitted } = form.formState;

  const textsOf = ({ title, message }: ReportTemplate): [Text, string][] => [
    ...(title !== null && form.getValues('title') !== undefined
      ? ([['title', title]] as [Text, string][])
      : []),
    ['message', message],
  ];

  function isTyped(field: Text): boolean {
    const text = (form.getValues(field) ?? '').trim();
    return text !== '' && text !== defaultValues?.[field]?.trim() && text !== filled.current[field];
  }

  function use(template: ReportTemplate): void {
    const options = { shouldDirty: true, shouldValidate: isSubmitted };
    for (const [field, text] of textsOf(template)) {
      form.setValue(field, text, options);
      filled.current[field] = text;
    }
    const { status, impact, notify } = template;
    form.setValue('status', status, options);
    form.setValue('notify', notifyChoice(notify), options);
    if (impact !== null) {
      const affected = form.getValues('components');
      const isThere = (id: number) => components.some((each) => each.id === id);
      const changed = affected.map((each) =>
        each.impact === 'operational' || !isThere(each.component_id) ? each : { ...each, impact },
      );
      form.setValue('components', changed, options);
    }
    setAsking(null);
    setUsed(template);
    onUse(template);
  }

  function choose(id: string): void {
    const template = data?.items.find((each) => String(each.id) === id);
    if (!template) return;
    const replaces = textsOf(template).some(
      ([field, text]) => isTyped(field) && form.getValues(field) !== text,
    );
    if (replaces) setAsking(template);
    else use(template);
  }

  if (!data || data.items.length === 0) return null;
  return (
    <>
      <SelectField
        label={messages.use}
        value=""
        onChange={({ target }) => choose(target.value)}
        {...(used && { hint: messages.used(used.name) })}
      >
        <option value="">{messages.choose}</option>
        {data.items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      {asking && (
        <ConfirmDialog
          title={messages.replace}
          action={messages.replaceAction}
          cancel={messages.keep}
          onConfirm={() => use(asking)}
          onClose={() => setAsking(null)}
        >
          {messages.replaceHint(asking.name)}
        </ConfirmDialog>
      )}
    </>
  );
}
