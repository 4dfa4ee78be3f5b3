import { Controller, type UseFormReturn } from 'react-hook-form';
import { CheckField, SelectField } from '@/components/field';
import { HoursSpanFields } from '@/components/hours-fields';
import type { ChannelForm } from './form-fields';
import { quietHoursMessages as messages } from './messages';
import { PASSES, type QuietHoursForm } from './quiet-hours-form';

/** When the channel is not notified of what begins, and of what it is all the same. */
export function QuietHoursFields({ form }: { form: UseFormReturn<ChannelForm> }) {
  const errors = form.formState.errors.alerts?.quiet_hours;
  const fields = ({ hours, passes }: QuietHoursForm, onChange: (value: QuietHoursForm) => void) => (
    <fieldset className="grid gap-4 border-line border-l-2 pl-4">
      <legend className="sr-only">{messages.title}</legend>
      <HoursSpanFields
        value={hours}
        onChange={(next) => onChange({ hours: next, passes })}
        errors={errors?.hours}
      />
      <SelectField
        label={messages.passesLabel}
        hint={messages.passesHints[passes]}
        value={passes}
        error={errors?.passes?.message}
        onChange={({ target }) => onChange({ hours, passes: target.value as QuietHoursForm['passes'] })}
      >
        {PASSES.map((each) => (
          <option key={each} value={each}>
            {messages.passes[each]}
          </option>
        ))}
      </SelectField>
      {hours.until !== '' && passes !== 'info' && (
        <p role="status" className="text-pretty rounded-lg bg-sunken px-3.5 py-2.5 text-ink-soft text-sm">
          {messages.atTheEnd(hours.until)}
        </p>
      )}
    </fieldset>
  );
  return (
    <Controller
      control={form.control}
      name="alerts.quiet_hours"
      render={({ field: { value, onChange } }) => (
        <div className="grid gap-4 sm:col-span-2">
          <CheckField
            label={messages.title}
            hint={messages.hint}
            checked={value.hours.when === 'within'}
            onChange={({ target }) =>
              onChange({ ...value, hours: { ...value.hours, when: target.checked ? 'within' : 'always' } })
            }
          />
          {value.hours.when === 'within' && fields(value, onChange)}
        </div>
      )}
    />
  );
}
