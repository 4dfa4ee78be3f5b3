import { Plus, X } from 'lucide-react';
import { type UseFormReturn, useFieldArray } from 'react-hook-form';
import { weekdayValues } from '@/api/schema';
import { Button, IconButton } from '@/components/button';
import { InputField, SelectField } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import { WEEKDAY_NAMES } from '@/messages/weekdays';
import { editorMessages as messages } from './messages';
import { endsNextDay, MAX_RESTRICTIONS, NEW_RESTRICTION, type RotaForm } from './rota-schema';

const APPLIES = [
  { value: 'always', label: messages.always },
  { value: 'sometimes', label: messages.sometimes },
] as const;

const WEEKDAYS = weekdayValues.map((day) => (
  <option key={day} value={day}>
    {WEEKDAY_NAMES[day]}
  </option>
));

interface Props {
  form: UseFormReturn<RotaForm>;
  /** Of which layer. */
  layer: number;
}

interface RowProps extends Props {
  index: number;
  onRemove: (() => void) | undefined;
}

function Restriction({ form, layer, index, onRemove }: RowProps) {
  const path = `layers.${layer}.restrictions.${index}` as const;
  const errors = form.formState.errors.layers?.[layer]?.restrictions?.[index];
  const value = form.watch(path);
  const isDaily = value?.from_day === 'daily';
  return (
    <section aria-label={messages.restriction(index)} className="rounded-lg border border-line p-3">
      {onRemove && (
        <div className="-mt-1 -mr-1 mb-1 flex items-center justify-between gap-2">
          <h4 className="font-medium text-ink-soft text-xs">{messages.restriction(index)}</h4>
          <IconButton label={messages.removeTime(index)} onClick={onRemove}>
            <X className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
      <div className="grid grid-cols-2 gap-x-3 gap-y-3">
        <SelectField
          label={messages.fromDay}
          className={isDaily ? 'col-span-2' : ''}
          error={errors?.from_day?.message}
          {...form.register(`${path}.from_day`)}
        >
          <option value="daily">{messages.everyDay}</option>
          {WEEKDAYS}
        </SelectField>
        <InputField
          label={messages.from}
          type="time"
          error={errors?.from?.message}
          {...form.register(`${path}.from`)}
        />
        {!isDaily && (
          <SelectField
            label={messages.untilDay}
            error={errors?.until_day?.message}
            {...form.register(`${path}.until_day`)}
          >
            {WEEKDAYS}
          </SelectField>
        )}
        <InputField
          label={messages.until}
          type="time"
          hint={value && endsNextDay(value) ? messages.nextDay : undefined}
          error={errors?.until?.message}
          {...form.register(`${path}.until`)}
        />
      </div>
    </section>
  );
}

/** When a layer applies. */
export function RestrictionFields({ form, layer }: Props) {
  const { fields, append, remove, replace } = useFieldArray({
    control: form.control,
    name: `layers.${layer}.restrictions`,
  });
  const applies = fields.length > 0 ? 'sometimes' : 'always';
  return (
    <div className="grid gap-3">
      <SegmentedControl
        label={messages.applies}
        options={APPLIES}
        name={`applies-${layer}`}
        selected={applies}
        onChange={({ target: { value } }) => replace(value === 'always' ? [] : [NEW_RESTRICTION])}
      />
      {fields.map((field, index) => (
        <Restriction
          key={field.id}
          form={form}
          layer={layer}
          index={index}
          onRemove={fields.length > 1 ? () => remove(index) : undefined}
        />
      ))}
      {fields.length > 0 && fields.length < MAX_RESTRICTIONS && (
        <Button className="w-fit" onClick={() => append(NEW_RESTRICTION)}>
          <Plus className="size-4" aria-hidden />
          {messages.addTime}
        </Button>
      )}
    </div>
  );
}
