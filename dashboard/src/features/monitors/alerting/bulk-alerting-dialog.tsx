import { zodResolver } from '@hookform/resolvers/zod';
import { Controller, useForm } from 'react-hook-form';
import type { BulkInput } from '@/api/models';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { SelectField } from '@/components/field';
import { MonitorPicker } from '@/components/monitor-picker';
import { keysOf } from '@/lib/keys-of';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import type { BulkDialogProps } from '../bulk-dialogs';
import { bulkMessages } from '../messages';
import { useFields } from '../use-fields';
import { dependsOnField, MAX_DEPENDENCIES } from './depends-on';
import { downRuleForm, downRuleInput, downRuleProblem, downRuleShape } from './down-rule';
import { DownRuleFields } from './down-rule-fields';
import { flappingField, flappingForm, flappingInput } from './flapping';
import { FlappingFields } from './flapping-fields';
import { dependencyMessages, bulkAlertingMessages as messages } from './messages';

const fields = z
  .object({
    what: z.enum(['down_rule', 'depends_on', 'flapping']),
    ...downRuleShape,
    depends_on: dependsOnField,
    flapping: flappingField,
  })
  .superRefine((values, context) => {
    const wrong = downRuleProblem(values);
    if (wrong) context.addIssue({ code: 'custom', ...wrong });
  });

type Fields = z.input<typeof fields>;
type Values = z.output<typeof fields>;

const BLANK: Fields = {
  what: 'down_rule',
  ...downRuleForm({}),
  depends_on: [],
  flapping: flappingForm(null),
};

/** What is not shown cannot be wrong. */
const onlyShown = (form: Fields): Fields => {
  const { what, depends_on, flapping } = form;
  if (what === 'down_rule') return { ...BLANK, ...form, depends_on: [], flapping: BLANK.flapping };
  return { ...BLANK, what, [what]: what === 'flapping' ? flapping : depends_on };
};

const schema = z.custom<Fields>().transform(onlyShown).pipe(fields);

function changesOf(values: Values): NonNullable<BulkInput['changes']> {
  switch (values.what) {
    case 'down_rule':
      return downRuleInput(values);
    case 'depends_on':
      return { depends_on: values.depends_on };
    case 'flapping':
      return { flapping: flappingInput(values.flapping) };
  }
}

/** Changes one part of the alerting of many monitors. */
export function BulkAlertingDialog({ selected, busy, error, onRun, onClose }: BulkDialogProps) {
  const form = useForm<Fields, unknown, Values>({ resolver: zodResolver(schema), defaultValues: BLANK });
  const { bind } = useFields(form);
  const { errors, isDirty } = form.formState;
  const values = form.watch();
  const edit = form.handleSubmit((parsed) => onRun({ action: 'edit', changes: changesOf(parsed) }));
  return (
    <FormDialog title={messages.title(selected.size)} dirty={isDirty && !busy} onClose={onClose}>
      <DialogForm error={error} action={common.save} busy={busy} onSubmit={edit}>
        <SelectField
          label={bulkMessages.whatToChange}
          {...form.register('what', { onChange: () => form.clearErrors() })}
        >
          {keysOf(messages.what).map((each) => (
            <option key={each} value={each}>
              {messages.what[each]}
            </option>
          ))}
        </SelectField>
        {values.what === 'down_rule' && <DownRuleFields bind={bind} value={values} interval={null} />}
        {values.what === 'depends_on' && (
          <Controller
            control={form.control}
            name="depends_on"
            render={({ field }) => (
              <MonitorPicker
                label={dependencyMessages.title}
                hint={messages.dependsOnHint}
                selected={field.value}
                onChange={field.onChange}
                without={[...selected]}
                max={MAX_DEPENDENCIES}
                error={errors.depends_on?.message}
              />
            )}
          />
        )}
        {values.what === 'flapping' && <FlappingFields bind={bind} isOn={values.flapping.is_on} />}
      </DialogForm>
    </FormDialog>
  );
}
