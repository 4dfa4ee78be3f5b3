import { useId } from 'react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import { NTH_VALUES, PATTERNS } from '@/api/recurrence';
import { weekdayValues } from '@/api/schema';
import { WEEKDAY_NAMES } from '@/messages/weekdays';
import { recurrenceMessages as messages, NTH_LABELS, PATTERN_LABELS } from '@/messages/windows';
import { InputField, Messages, SelectField } from '../field';
import { ToggleGroup } from '../toggle-group';
import type { TimesForm } from './window-times';

type Form = UseFormReturn<TimesForm>;

const DAYS = weekdayValues.map((value) => ({ value, label: value }));
const MONTH_DAYS = Array.from({ length: 31 }, (_, at) => String(at + 1));
/** Every month has the days up to this one. */
const SHORTEST_MONTH = 28;

/** On which days of a month. */
function MonthFields({ form }: { form: Form }) {
  const [pattern, day] = form.watch(['pattern', 'month_day']);
  if (pattern === 'monthly_day') {
    return (
      <SelectField
        label={messages.monthDay}
        hint={Number(day) > SHORTEST_MONTH ? messages.skips : undefined}
        {...form.register('month_day')}
      >
        {MONTH_DAYS.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
        <option value="-1">{messages.lastDay}</option>
      </SelectField>
    );
  }
  return (
    <div className="grid grid-cols-2 gap-3">
      <SelectField label={messages.nth} {...form.register('nth')}>
        {NTH_VALUES.map((each) => (
          <option key={each} value={each}>
            {NTH_LABELS[each]}
          </option>
        ))}
      </SelectField>
      <SelectField label={messages.weekday} {...form.register('nth_weekday')}>
        {weekdayValues.map((each) => (
          <option key={each} value={each}>
            {WEEKDAY_NAMES[each]}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

/** On which days a window recurs, from when on. */
export function RecurrenceFields({ form }: { form: Form }) {
  const id = useId();
  const { errors } = form.formState;
  const [pattern, every] = form.watch(['pattern', 'every']);
  return (
    <>
      <InputField
        label={messages.firstStart}
        type="datetime-local"
        error={errors.starts?.message}
        {...form.register('starts')}
      />
      <div>
        <div className="grid gap-5 sm:grid-cols-[minmax(0,1fr)_9rem]">
          <SelectField
            label={messages.pattern}
            {...form.register('pattern', { onChange: () => form.clearErrors(['rule', 'every', 'days']) })}
          >
            {PATTERNS.map((each) => (
              <option key={each} value={each}>
                {PATTERN_LABELS[each]}
              </option>
            ))}
          </SelectField>
          {pattern !== 'custom' && (
            <InputField
              label={messages.every}
              unit={messages.unit(pattern, Number(every))}
              inputMode="numeric"
              autoComplete="off"
              error={errors.every?.message}
              {...form.register('every')}
            />
          )}
        </div>
        {pattern !== 'custom' && <Messages id={id} error={errors.rule?.message} />}
      </div>
      {pattern === 'weekly' && (
        <Controller
          control={form.control}
          name="days"
          render={({ field }) => (
            <ToggleGroup
              label={messages.days}
              options={DAYS}
              selected={field.value}
              onChange={field.onChange}
              error={errors.days?.message}
            />
          )}
        />
      )}
      {(pattern === 'monthly_day' || pattern === 'monthly_weekday') && <MonthFields form={form} />}
      {pattern === 'custom' && (
        <InputField
          label={messages.rule}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          hint={messages.ruleHint}
          error={errors.rule?.message}
          {...form.register('rule')}
        />
      )}
    </>
  );
}
