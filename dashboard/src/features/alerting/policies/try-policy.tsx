import { type UseFormReturn, useWatch } from 'react-hook-form';
import type { EscalationPolicy } from '@/api/models';
import { TryOnPast } from '@/components/backtest/try-on-past';
import { policyMessages as messages } from './messages';
import { type PolicyForm, type PolicyValues, planInput, policySchema } from './policy-schema';

interface Props {
  policy: EscalationPolicy;
  form: UseFormReturn<PolicyForm, unknown, PolicyValues>;
}

/** Tries the plan in the form on the monitors whose incidents follow the policy now. */
export function TryPolicy({ policy: { id, name, used_by }, form }: Props) {
  // A name changes nothing of what is tried.
  const { data } = policySchema.safeParse({ ...useWatch({ control: form.control }), name });
  const isUsed = used_by.routes > 0 || used_by.monitors > 0;
  const tried = data
    ? { selection: { policy_id: id }, candidate: { policies: [{ ...planInput(data), id }] } }
    : null;
  return (
    <TryOnPast
      tried={tried}
      nothing={isUsed ? null : messages.nothingToTry}
      onInvalid={form.handleSubmit(() => {})}
    />
  );
}
