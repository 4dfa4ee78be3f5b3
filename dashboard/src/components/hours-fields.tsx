import { useId, useMemo } from 'react';
import { weekdayValues } from '@/api/schema';
import { formatTimeZone, timeZones } from '@/lib/time-zone';
import { hoursMessages as messages } from '@/messages/alerting';
import { common } from '@/messages/common';
import { InputField, SelectField } from './field';
import type { HoursForm } from './hours-form';
import { SegmentedControl } from './segmented-control';
import { ToggleGroup } from './toggle-group';

const WHEN = [
  { value: 'always', label: messages.always },
  { value: 'within', label: messages.within },
  { value: 'outside', label: messages.outside },
] as const;

const DAYS = weekdayValues.map((value) => ({ value, label: value }));

type Errors = Partial<Record<'days' | 'from' | 'until' | 'time_zone', { message?: string | undefined }>>;

type Times = Pick<HoursForm, 'days' | 'from' | 'until'>;

interface TimesProps {
  value: Times;
  onChange: (changes: Partial<Times>) => void;
  errors: Errors | undefined;
}

/** The days and the times of hours of a week. */
export function HoursTimesFields({ value, onChange: set, errors }: TimesProps) {
  const { days, from, until } = value;
  return (
    <>
      <ToggleGroup
        label={messages.days}
        options={DAYS}
        selected={days}
        hint={days.length === 0 ? messages.noDays : undefined}
        error={errors?.days?.message}
        onChange={(next) => set({ days: next })}
      />
      <div className="grid grid-cols-2 gap-4">
        <InputField
          label={messages.from}
          type="time"
          value={from}
          error={errors?.from?.message}
          onChange={({ target }) => set({ from: target.value })}
        />
        <InputField
          label={messages.until}
          type="time"
          value={until}
          hint={until !== '' && until <= from ? messages.nextDay : undefined}
          error={errors?.until?.message}
          onChange={({ target }) => set({ until: target.value })}
        />
      </div>
    </>
  );
}

interface ZoneProps {
  value: string;
  onChange: (zone: string) => void;
  error: string | undefined;
}

/** The time zone of hours of a week. */
export function HoursZoneField({ value, onChange, error }: ZoneProps) {
  const zones = useMemo(() => timeZones(value), [value]);
  return (
    <SelectField
      label={common.timeZone}
      value={value}
      error={error}
      onChange={({ target }) => onChange(target.value)}
    >
      {zones.map((each) => (
        <option key={each} value={each}>
          {formatTimeZone(each)}
        </option>
      ))}
    </SelectField>
  );
}

interface SpanProps {
  value: HoursForm;
  onChange: (value: HoursForm) => void;
  errors: Errors | undefined;
}

/** The days, the times and the time zone of hours of a week. */
export function HoursSpanFields({ value, onChange, errors }: SpanProps) {
  const set = (changes: Partial<HoursForm>) => onChange({ ...value, ...changes });
  return (
    <>
      <HoursTimesFields value={value} onChange={set} errors={errors} />
      <HoursZoneField
        value={value.time_zone}
        error={errors?.time_zone?.message}
        onChange={(zone) => set({ time_zone: zone })}
      />
    </>
  );
}

/** Hours of a week by the clock on the wall, or outside of them. */
export function HoursFields({ label, value, onChange, errors }: SpanProps & { label: string }) {
  const name = useId();
  const { when } = value;
  return (
    <div className="grid gap-4">
      <SegmentedControl
        label={label}
        options={WHEN}
        name={name}
        selected={when}
        onChange={({ target }) => onChange({ ...value, when: target.value as HoursForm['when'] })}
      />
      {when !== 'always' && <HoursSpanFields value={value} onChange={onChange} errors={errors} />}
    </div>
  );
}
