import type { EscalationPolicy, EscalationPolicyInput, EscalationStep } from '@/api/models';
import { severityValues, targetKindValues } from '@/api/schema';
import { hoursField, hoursForm, hoursInput } from '@/components/hours-form';
import { nameField, whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { policyErrors } from './messages';

export const MAX_STEPS = 10;
export const MAX_TARGETS = 10;
const DAY_MINUTES = 1_440;

const stepField = z.object({
  wait_minutes: whole(0, DAY_MINUTES),
  targets: z
    .array(z.object({ kind: z.enum(targetKindValues), id: z.number() }))
    .min(1, policyErrors.noTargets)
    .max(MAX_TARGETS, policyErrors.maxTargets(MAX_TARGETS)),
  conditions: z.object({ severities: z.array(z.enum(severityValues)), hours: hoursField }),
});

export const policySchema = z.object({
  name: nameField,
  steps: z.array(stepField),
  repeats: whole(0, 9),
  repeat_after_minutes: whole(1, DAY_MINUTES),
  acknowledgement_minutes: whole(0, DAY_MINUTES),
});

export type PolicyForm = z.input<typeof policySchema>;
export type PolicyValues = z.output<typeof policySchema>;
export type StepForm = PolicyForm['steps'][number];

export const newStep = (wait: string): StepForm => ({
  wait_minutes: wait,
  targets: [],
  conditions: { severities: [], hours: hoursForm({}) },
});

const stepForm = ({ wait_minutes, targets, conditions = {} }: EscalationStep): StepForm => ({
  wait_minutes: String(wait_minutes ?? 0),
  targets,
  conditions: { severities: conditions.severities ?? [], hours: hoursForm(conditions) },
});

export function policyForm(policy: EscalationPolicy | null): PolicyForm {
  const steps = policy?.steps.map(stepForm) ?? [];
  return {
    name: policy?.name ?? '',
    // What cannot be read is entered again.
    steps: steps.length > 0 ? steps : [newStep('0')],
    repeats: String(policy?.repeats ?? 0),
    repeat_after_minutes: String(policy?.repeat_after_minutes ?? 30),
    acknowledgement_minutes: String(policy?.acknowledgement_minutes ?? 0),
  };
}

/** What the policy does, without what it is called. */
export function planInput({ name: _, steps, ...numbers }: PolicyValues) {
  return {
    ...numbers,
    steps: steps.map(({ conditions: { severities, hours }, ...step }) => {
      const conditions = { ...(severities.length > 0 && { severities }), ...hoursInput(hours) };
      return { ...step, ...(Object.keys(conditions).length > 0 && { conditions }) };
    }),
  };
}

export const policyInput = (values: PolicyValues): EscalationPolicyInput => ({
  name: values.name,
  ...planInput(values),
});

/** The names of the fields, for errors of the server; of the steps those of the first. */
export const POLICY_FIELDS = [
  'name',
  'steps.0.wait_minutes',
  'steps.0.targets',
  'steps.0.conditions.severities',
  'steps.0.conditions.hours.days',
  'steps.0.conditions.hours.from',
  'steps.0.conditions.hours.until',
  'steps.0.conditions.hours.time_zone',
  'repeats',
  'repeat_after_minutes',
  'acknowledgement_minutes',
] as const;

/** The plan that the form has so far, for its summary: what is no number yet counts as none. */
export function draftPlan({ steps, ...numbers }: PolicyForm) {
  const count = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : 0);
  return {
    steps: steps.map(({ wait_minutes, targets, conditions: { severities, hours } }) => ({
      wait_minutes: count(wait_minutes),
      targets,
      conditions: { severities, ...hoursInput(hours) },
    })),
    repeats: count(numbers.repeats),
    repeat_after_minutes: count(numbers.repeat_after_minutes),
    acknowledgement_minutes: count(numbers.acknowledgement_minutes),
  };
}
