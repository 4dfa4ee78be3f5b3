import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useRef } from 'react';
import { useFieldArray, useForm } from 'react-hook-form';
import { createEscalationPolicy, readEscalationPolicy, updateEscalationPolicy } from '@/api/alert-policy';
import { keys } from '@/api/keys';
import type { EscalationPolicy } from '@/api/models';
import { Button, buttonClass } from '@/components/button';
import { useLeaveGuard } from '@/components/dialog';
import { TimelineMark } from '@/components/escalation-steps';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { FormNotice } from '@/components/form-notice';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { useTargets } from '@/components/use-targets';
import { describePlan } from '@/messages/alerting';
import { common } from '@/messages/common';
import { policyMessages as messages } from './messages';
import {
  draftPlan,
  type PolicyForm as Fields,
  MAX_STEPS,
  newStep,
  POLICY_FIELDS,
  type PolicyValues,
  policyForm,
  policyInput,
  policySchema,
} from './policy-schema';
import { StepFields } from './step-fields';
import { TryPolicy } from './try-policy';

type NameOf = ReturnType<typeof useTargets>['nameOf'];

/** The plan as a sentence, as it is being filled in. */
function Summary({ values, nameOf }: { values: Fields; nameOf: NameOf }) {
  const plan = draftPlan(values);
  const named = plan.steps.filter(({ targets }) => targets.length > 0);
  return (
    <aside aria-label={messages.summary} className="card p-5 lg:sticky lg:top-6">
      <h2 className="font-semibold text-sm">{messages.summary}</h2>
      <p className="mt-2 text-pretty break-words text-sm first-letter:uppercase">
        {named.length > 0 ? `${describePlan({ ...plan, steps: named }, nameOf)}.` : messages.summaryEmpty}
      </p>
      {plan.acknowledgement_minutes > 0 && (
        <p className="mt-2 text-sm">{messages.expiresInWords(plan.acknowledgement_minutes)}</p>
      )}
    </aside>
  );
}

/** Null for a new one. */
export function PolicyForm({ policy: opened }: { policy: EscalationPolicy | null }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { edited: policy, initial, load } = useEdited(opened, policyForm);
  const form = useForm<Fields, unknown, PolicyValues>({
    resolver: zodResolver(policySchema),
    defaultValues: initial,
  });
  const steps = useFieldArray({ control: form.control, name: 'steps' });
  const { banner, guard } = useServerErrors(form, POLICY_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  const targets = useTargets();
  const saving = useRef(false);
  const leaving = useLeaveGuard(isDirty, () => saving.current);
  const refresh = () => client.invalidateQueries({ queryKey: keys.alertPolicy });

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = policyInput(values);
      const saved = policy
        ? await updateEscalationPolicy(policy, input)
        : await createEscalationPolicy(input);
      saving.current = true;
      void refresh();
      toastSuccess(common.saved(saved.name));
      await navigate({ to: '/notifications/escalation-policies' });
    }),
  );

  const loadLatest =
    policy &&
    (() =>
      guard(async () => {
        load(form, await readEscalationPolicy(policy.id));
        void refresh();
      }));

  return (
    <form noValidate className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]" onSubmit={save}>
      {leaving}
      <div className="grid grid-cols-1 gap-6">
        <FormNotice error={banner} onLoadLatest={loadLatest} />
        <UnsavedInput name={`escalation-policy:${policy?.id ?? 'new'}`} form={form} />
        <InputField
          label={common.name}
          placeholder={messages.example}
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <section aria-label={messages.steps}>
          <h2 className="mb-3 font-semibold">{messages.steps}</h2>
          <ol>
            {steps.fields.map((field, at) => (
              <StepFields
                key={field.id}
                form={form}
                at={at}
                count={steps.fields.length}
                targets={targets}
                onMove={(to) => steps.move(at, to)}
                onRemove={() => steps.remove(at)}
              />
            ))}
            <li className="relative pb-6 pl-7">
              <TimelineMark isFaint />
              <Button
                disabled={steps.fields.length >= MAX_STEPS}
                onClick={() => steps.append(newStep('5'), { shouldFocus: false })}
              >
                <Plus className="size-4" aria-hidden />
                {messages.addStep}
              </Button>
            </li>
            <li className="relative pl-7">
              <TimelineMark isLast isFaint />
              <h3 className="mb-3 font-semibold text-sm leading-5">{messages.afterSteps}</h3>
              <div className="grid gap-4 sm:grid-cols-2">
                <InputField
                  label={messages.repeats}
                  unit={messages.repeatsUnit}
                  inputMode="numeric"
                  autoComplete="off"
                  hint={messages.repeatsHint}
                  error={errors.repeats?.message}
                  {...form.register('repeats')}
                />
                <InputField
                  label={messages.repeatAfter}
                  unit="min"
                  inputMode="numeric"
                  autoComplete="off"
                  hint={messages.repeatAfterHint}
                  error={errors.repeat_after_minutes?.message}
                  {...form.register('repeat_after_minutes')}
                />
              </div>
            </li>
          </ol>
        </section>
        <section aria-label={messages.acknowledgement}>
          <h2 className="mb-3 font-semibold">{messages.acknowledgement}</h2>
          <InputField
            label={messages.expires}
            unit="min"
            inputMode="numeric"
            autoComplete="off"
            className="max-w-72"
            hint={messages.expiresHint}
            error={errors.acknowledgement_minutes?.message}
            {...form.register('acknowledgement_minutes')}
          />
        </section>
        {policy && <TryPolicy policy={policy} form={form} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {policy ? common.save : messages.add}
          </Button>
          <Link to="/notifications/escalation-policies" className={buttonClass('ghost')}>
            {common.cancel}
          </Link>
        </div>
      </div>
      <Summary values={form.watch()} nameOf={targets.nameOf} />
    </form>
  );
}
