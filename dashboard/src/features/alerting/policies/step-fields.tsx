import { ArrowDown, ArrowUp, Plus, Trash2, X } from 'lucide-react';
import { useId, useState } from 'react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import type { EscalationTarget } from '@/api/models';
import { severityValues } from '@/api/schema';
import { Button, IconButton } from '@/components/button';
import { Disclosure } from '@/components/disclosure';
import { TargetChip, TimelineMark } from '@/components/escalation-steps';
import { InputField, Messages } from '@/components/field';
import { HoursFields } from '@/components/hours-fields';
import { hoursInput } from '@/components/hours-form';
import { ToggleGroup } from '@/components/toggle-group';
import type { useTargets } from '@/components/use-targets';
import { describeStepConditions, describeUnreachable, SEVERITY_LABELS } from '@/messages/alerting';
import { policyMessages as messages } from './messages';
import { MAX_TARGETS, type PolicyForm, type PolicyValues } from './policy-schema';
import { TargetPicker } from './target-picker';

const SEVERITIES = severityValues.map((value) => ({ value, label: SEVERITY_LABELS[value] }));

type Form = UseFormReturn<PolicyForm, unknown, PolicyValues>;
type Targets = ReturnType<typeof useTargets>;

interface TargetsProps {
  value: EscalationTarget[];
  onChange: (value: EscalationTarget[]) => void;
  error: string | undefined;
  targets: Targets;
}

function TargetList({ value, onChange, error, targets }: TargetsProps) {
  const id = useId();
  const [isAdding, setAdding] = useState(false);
  const shown = value.map((target) => {
    const problem = targets.problemOf(target);
    return {
      ...target,
      name: targets.nameOf(target),
      note: targets.find(target)?.note,
      problem: problem && describeUnreachable(target.kind, problem),
    };
  });
  return (
    <fieldset aria-describedby={error && `${id}-error`} data-invalid={error ? true : undefined}>
      <legend className="mb-1.5 font-medium text-sm">{messages.targets}</legend>
      <div className="flex flex-wrap items-center gap-1.5">
        {shown.length > 0 && (
          <ul className="contents">
            {shown.map((target, at) => (
              <li key={`${target.kind} ${target.id}`} className="max-w-full">
                <TargetChip
                  target={target}
                  action={
                    <IconButton
                      label={messages.removeTarget(target.name)}
                      className="size-7"
                      onClick={() => onChange(value.filter((_, each) => each !== at))}
                    >
                      <X className="size-3.5" aria-hidden />
                    </IconButton>
                  }
                />
              </li>
            ))}
          </ul>
        )}
        {value.length < MAX_TARGETS && (
          <Button className="min-h-8 border-dashed px-2.5" onClick={() => setAdding(true)}>
            <Plus className="size-4" aria-hidden />
            {messages.addTarget}
          </Button>
        )}
      </div>
      <Messages id={id} label={messages.targets} error={error} />
      {isAdding && (
        <TargetPicker
          all={targets.all}
          taken={value}
          onAdd={(added) => onChange([...value, ...added])}
          onClose={() => setAdding(false)}
        />
      )}
    </fieldset>
  );
}

interface Props {
  form: Form;
  at: number;
  count: number;
  targets: Targets;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** One step of the timeline. */
export function StepFields({ form, at, count, targets, onMove, onRemove }: Props) {
  const { control, formState } = form;
  const errors = formState.errors.steps?.[at];
  const { severities, hours } = form.watch(`steps.${at}.conditions`);
  const conditions = describeStepConditions({ severities, ...hoursInput(hours) });
  return (
    <li className="relative pb-4 pl-7" aria-label={messages.stepTitle(at, count)}>
      <TimelineMark />
      <div className="card grid grid-cols-1 gap-4 p-4 sm:p-5">
        <div className="-my-1 flex items-center justify-between gap-2">
          <h3 className="font-semibold text-sm">{messages.step(at)}</h3>
          {count > 1 && (
            <div className="-mr-2 flex">
              {/* Not `disabled`, which would drop keyboard focus. */}
              <IconButton
                label={messages.moveUp(at)}
                aria-disabled={at === 0 || undefined}
                className="aria-disabled:opacity-40"
                onClick={() => at > 0 && onMove(at - 1)}
              >
                <ArrowUp className="size-4" aria-hidden />
              </IconButton>
              <IconButton
                label={messages.moveDown(at)}
                aria-disabled={at === count - 1 || undefined}
                className="aria-disabled:opacity-40"
                onClick={() => at < count - 1 && onMove(at + 1)}
              >
                <ArrowDown className="size-4" aria-hidden />
              </IconButton>
              <IconButton label={messages.removeStep(at)} onClick={onRemove}>
                <Trash2 className="size-4" aria-hidden />
              </IconButton>
            </div>
          )}
        </div>
        <InputField
          label={messages.wait}
          unit="min"
          inputMode="numeric"
          autoComplete="off"
          className="max-w-56"
          hint={at === 0 ? messages.waitFirst : messages.waitNext}
          error={errors?.wait_minutes?.message}
          {...form.register(`steps.${at}.wait_minutes`)}
        />
        <Controller
          control={control}
          name={`steps.${at}.targets`}
          render={({ field }) => (
            <TargetList
              value={field.value}
              onChange={(value) => {
                form.clearErrors(`steps.${at}.targets`);
                field.onChange(value);
              }}
              error={errors?.targets?.message ?? errors?.targets?.root?.message}
              targets={targets}
            />
          )}
        />
        <Disclosure
          title={messages.conditions}
          summary={conditions.length > 0 ? conditions.join(' · ') : messages.always}
          hasError={errors?.conditions !== undefined}
        >
          <div className="grid grid-cols-1 gap-5 sm:col-span-2">
            <p className="text-ink-soft text-xs">{messages.conditionsHint}</p>
            <Controller
              control={control}
              name={`steps.${at}.conditions.severities`}
              render={({ field }) => (
                <ToggleGroup
                  label={messages.severities}
                  options={SEVERITIES}
                  selected={field.value}
                  onChange={field.onChange}
                  error={errors?.conditions?.severities?.message}
                />
              )}
            />
            <Controller
              control={control}
              name={`steps.${at}.conditions.hours`}
              render={({ field }) => (
                <HoursFields
                  label={messages.time}
                  value={field.value}
                  onChange={field.onChange}
                  errors={errors?.conditions?.hours}
                />
              )}
            />
          </div>
        </Disclosure>
      </div>
    </li>
  );
}
