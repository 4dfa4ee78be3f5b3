import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import { rotationUnitValues } from '@/api/schema';
import { IconButton } from '@/components/button';
import { InputField, SelectField } from '@/components/field';
import { editorMessages as messages, onCallMessages, UNIT_LABELS } from './messages';
import { PeopleField } from './people-field';
import { RestrictionFields } from './restriction-fields';
import type { RotaForm } from './rota-schema';

interface Props {
  form: UseFormReturn<RotaForm>;
  index: number;
  count: number;
  names: ReadonlyMap<number, string>;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** One layer: who takes turns, how long each is, and when. */
export function LayerFields({ form, index, count, names, onMove, onRemove }: Props) {
  const errors = form.formState.errors.layers?.[index];
  const path = `layers.${index}` as const;
  return (
    <section aria-label={onCallMessages.layer(index)} className="card grid grid-cols-1 gap-5 p-5">
      <div className="-my-1 flex min-h-9 items-center justify-between gap-2">
        <h3 className="font-semibold text-sm">{onCallMessages.layer(index)}</h3>
        {count > 1 && (
          <div className="-mr-2 flex">
            <IconButton
              label={messages.moveLayer(index, true)}
              data-layer={`${index}:-1`}
              aria-disabled={index === 0 || undefined}
              className="aria-disabled:opacity-30"
              onClick={() => index > 0 && onMove(index - 1)}
            >
              <ArrowUp className="size-4" aria-hidden />
            </IconButton>
            <IconButton
              label={messages.moveLayer(index, false)}
              data-layer={`${index}:1`}
              aria-disabled={index === count - 1 || undefined}
              className="aria-disabled:opacity-30"
              onClick={() => index < count - 1 && onMove(index + 1)}
            >
              <ArrowDown className="size-4" aria-hidden />
            </IconButton>
            <IconButton label={messages.removeLayer(index)} onClick={onRemove}>
              <Trash2 className="size-4" aria-hidden />
            </IconButton>
          </div>
        )}
      </div>
      <Controller
        control={form.control}
        name={`${path}.people`}
        render={({ field }) => (
          <PeopleField
            value={field.value}
            names={names}
            error={errors?.people?.message ?? errors?.people?.root?.message}
            onChange={field.onChange}
            fieldRef={field.ref}
          />
        )}
      />
      <div className="grid grid-cols-2 gap-3">
        <InputField
          label={messages.every}
          inputMode="numeric"
          autoComplete="off"
          error={errors?.rotation?.every?.message}
          {...form.register(`${path}.rotation.every`)}
        />
        <SelectField
          label={messages.unit}
          error={errors?.rotation?.unit?.message}
          {...form.register(`${path}.rotation.unit`)}
        >
          {rotationUnitValues.map((unit) => (
            <option key={unit} value={unit}>
              {UNIT_LABELS[unit]}
            </option>
          ))}
        </SelectField>
      </div>
      <InputField
        label={messages.startsAt}
        type="datetime-local"
        hint={messages.startsHint}
        error={errors?.starts_at?.message}
        {...form.register(`${path}.starts_at`)}
      />
      <RestrictionFields form={form} layer={index} />
    </section>
  );
}
