import { useMemo } from 'react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import { repeatValues, weekdayValues } from '@/api/schema';
import { formatDuration } from '@/lib/format';
import { formatTimeZone, timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { WEEKDAY_NAMES } from '@/messages/weekdays';
import { timesMessages as messages } from '@/messages/windows';
import { InputField, SelectField } from '../field';
import { SegmentedControl } from '../segmented-control';
import { RecurrenceFields } from './recurrence-fields';
import { defaultTimes, type TimesForm } from './window-times';

const REPEATS = repeatValues.map((value) => ({ value, label: messages.repeats[value] }));

interface Props<T extends TimesForm, O> {
  form: UseFormReturn<T, unknown, O>;
  /** The instant around which times are offered. */
  now: number;
}

/** When a window is: once, weekly or by a rule. */
export function WindowTimesFields<T extends TimesForm, O>({ form: given, now }: Props<T, O>) {
  const form = given as unknown as UseFormReturn<TimesForm>;
  const { errors, defaultValues } = form.formState;
  const [repeat, minutes, zone] = form.watch(['repeat', 'minutes', 'time_zone']);
  const initialZone = defaultValues?.time_zone ?? 'UTC';
  const options = useMemo(() => timeZones(initialZone), [initialZone]);

  const changeRepeat = () => {
    const next = defaultTimes(form.getValues('repeat'), zone, now);
    form.setValue('from', next.from);
    form.setValue('until', next.until);
    form.clearErrors();
  };

  // Controlled: the value changes together with the type.
  const startField = (label: string, type: 'datetime-local' | 'time') => (
    <Controller
      control={form.control}
      name="from"
      render={({ field }) => <InputField label={label} type={type} error={errors.from?.message} {...field} />}
    />
  );

  const durationField = (className: string) => (
    <InputField
      label={messages.duration}
      unit="min"
      inputMode="numeric"
      autoComplete="off"
      className={className}
      hint={Number(minutes) >= 60 ? formatDuration(Number(minutes) * 60) : undefined}
      error={errors.minutes?.message}
      {...form.register('minutes')}
    />
  );

  return (
    <>
      <SegmentedControl
        label={messages.repeat}
        options={REPEATS}
        {...form.register('repeat', { onChange: changeRepeat })}
      />
      {repeat === 'once' && (
        <div key="once" className="grid gap-5 sm:grid-cols-2">
          {startField(messages.start, 'datetime-local')}
          <InputField
            label={messages.end}
            type="datetime-local"
            error={errors.until?.message}
            {...form.register('until')}
          />
        </div>
      )}
      {repeat === 'weekly' && (
        <div key="weekly" className="grid grid-cols-2 gap-5 sm:grid-cols-3">
          <SelectField label={messages.day} error={errors.weekday?.message} {...form.register('weekday')}>
            {weekdayValues.map((day) => (
              <option key={day} value={day}>
                {WEEKDAY_NAMES[day]}
              </option>
            ))}
          </SelectField>
          {startField(messages.startTime, 'time')}
          {durationField('max-sm:col-span-2')}
        </div>
      )}
      {repeat === 'recurring' && (
        <>
          <RecurrenceFields form={form} />
          {durationField('max-w-44')}
        </>
      )}
      <SelectField
        label={common.timeZone}
        hint={repeat === 'once' ? messages.zoneOfOne : messages.zone}
        error={errors.time_zone?.message}
        {...form.register('time_zone')}
      >
        {options.map((each) => (
          <option key={each} value={each}>
            {formatTimeZone(each)}
          </option>
        ))}
      </SelectField>
    </>
  );
}
