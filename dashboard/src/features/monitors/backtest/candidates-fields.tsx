import { Copy, Plus, X } from 'lucide-react';
import { Controller, useFieldArray } from 'react-hook-form';
import { MAX_CANDIDATES } from '@/api/backtests';
import { Button, IconButton } from '@/components/button';
import { CheckField, InputField } from '@/components/field';
import { ToggleGroup } from '@/components/toggle-group';
import { TIMES_FIELDS } from '@/components/window-times/window-times';
import { keysOf } from '@/lib/keys-of';
import { backtestMessages as messages } from '@/messages/backtest';
import { common } from '@/messages/common';
import { SUPPRESSION_LABELS } from '@/messages/suppressions';
import { DownRuleFields } from '../alerting/down-rule-fields';
import { formMessages } from '../messages';
import { NUMERIC, useFields } from '../use-fields';
import { nameOfCandidate, newCandidate, roomOf } from './backtest-schema';
import { TriedWindows } from './tried-windows';
import type { Form } from './use-backtest-form';

const WITHOUT = keysOf(SUPPRESSION_LABELS).map((value) => ({ value, label: SUPPRESSION_LABELS[value] }));

interface Props {
  form: Form;
  at: number;
  /** Whether there can be one more. */
  hasRoom: boolean;
  onCopy: () => void;
  /** None of one that has to be there. */
  onRemove: (() => void) | null;
}

/** One candidate: what is tried. */
function Candidate({ form, at, hasRoom, onCopy, onRemove }: Props) {
  const { bind } = useFields(form);
  const path = `candidates.${at}` as const;
  const values = form.watch(path) ?? newCandidate();
  const errors = form.formState.errors.candidates?.[at];
  const name = nameOfCandidate(values, at);
  return (
    <section aria-label={name} className="card grid grid-cols-1 content-start gap-5 p-5">
      <div className="flex items-end gap-2">
        <InputField
          label={common.name}
          className="min-w-0 flex-1"
          placeholder={messages.candidate(at + 1)}
          autoComplete="off"
          {...bind(`${path}.name`)}
        />
        <IconButton
          label={messages.copyCandidate(name)}
          aria-disabled={!hasRoom || undefined}
          className="mb-0.5 aria-disabled:opacity-40"
          onClick={() => hasRoom && onCopy()}
        >
          <Copy className="size-4" aria-hidden />
        </IconButton>
        {onRemove && (
          <IconButton label={messages.removeCandidate(name)} className="mb-0.5" onClick={onRemove}>
            <X className="size-4" aria-hidden />
          </IconButton>
        )}
      </div>
      <Controller
        control={form.control}
        name={`${path}.without`}
        render={({ field }) => (
          <ToggleGroup
            label={messages.without}
            options={WITHOUT}
            selected={field.value}
            onChange={(without) => {
              form.clearErrors(`${path}.without`);
              field.onChange(without);
            }}
            hint={messages.withoutHint}
            error={errors?.without?.message}
          />
        )}
      />
      <CheckField
        label={messages.otherRule}
        hint={messages.otherRuleHint}
        {...form.register(`${path}.has_rule`, { onChange: () => form.clearErrors(path) })}
      />
      {values.has_rule && (
        <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
          <DownRuleFields
            bind={(field) => bind(`${path}.${field}` as const)}
            value={values}
            interval={null}
          />
          <InputField
            label={formMessages.upAfter}
            hint={formMessages.upAfterHint}
            {...NUMERIC}
            {...bind(`${path}.up_after`)}
          />
          <InputField
            label={formMessages.slowAbove}
            hint={formMessages.slowAboveHint}
            unit="ms"
            {...NUMERIC}
            {...bind(`${path}.slow_ms`)}
          />
        </div>
      )}
      <Controller
        control={form.control}
        name={`${path}.windows`}
        render={({ field }) => (
          <TriedWindows
            value={field.value}
            onChange={(windows) => {
              form.clearErrors([`${path}.windows`, `${path}.without`]);
              field.onChange(windows);
            }}
            problems={field.value.map((_, place) => {
              const wrong = errors?.windows?.[place];
              return TIMES_FIELDS.map((each) => wrong?.[each]?.message).find((each) => each !== undefined);
            })}
            error={errors?.windows?.message}
          />
        )}
      />
    </section>
  );
}

/** What is compared with what was sent: as it was set then, and candidates. */
export function CandidatesFields({ form }: { form: Form }) {
  const { fields, append, insert, remove } = useFieldArray({
    control: form.control,
    name: 'candidates',
    keyName: 'key',
  });
  const { errors } = form.formState;
  const [asItWas, candidates] = form.watch(['as_it_was', 'candidates']);
  const room = roomOf({ as_it_was: asItWas, candidates });
  const hasRoom = room > 0;

  function copy(at: number) {
    const copied = structuredClone(form.getValues(`candidates.${at}`));
    const name = messages.copyOf(nameOfCandidate(copied, at)).slice(0, 120);
    insert(at + 1, { ...copied, name }, { focusName: `candidates.${at + 1}.name` });
  }

  return (
    <>
      <CheckField
        label={messages.asItWas}
        hint={messages.asItWasHint}
        error={errors.as_it_was?.message}
        checked={asItWas}
        disabled={!asItWas && !hasRoom}
        onChange={({ target }) => {
          form.clearErrors('as_it_was');
          form.setValue('as_it_was', target.checked, { shouldDirty: true });
        }}
      />
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
        {fields.map(({ key }, at) => (
          <Candidate
            key={key}
            form={form}
            at={at}
            hasRoom={hasRoom}
            onCopy={() => copy(at)}
            onRemove={fields.length > 1 || asItWas ? () => remove(at) : null}
          />
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Button
          aria-disabled={!hasRoom || undefined}
          onClick={() => hasRoom && append(newCandidate(), { focusName: `candidates.${fields.length}.name` })}
        >
          <Plus className="size-4" aria-hidden />
          {messages.add}
        </Button>
        {!hasRoom && <p className="text-ink-soft text-xs">{messages.atMost(MAX_CANDIDATES)}</p>}
      </div>
    </>
  );
}
