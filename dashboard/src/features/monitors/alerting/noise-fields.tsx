import { Controller } from 'react-hook-form';
import { Disclosure } from '@/components/disclosure';
import { MonitorPicker } from '@/components/monitor-picker';
import { FLAPPING_FIELDS } from '../monitor-schema';
import { type Form, useFields } from '../use-fields';
import { MAX_DEPENDENCIES } from './depends-on';
import { flappingField, flappingInput } from './flapping';
import { FlappingFields } from './flapping-fields';
import { dependencyMessages, flappingMessages, flappingSummary } from './messages';

/** The monitors on which this one depends. */
export function DependsOn({ form, monitorId }: { form: Form; monitorId: number | undefined }) {
  const error = form.formState.errors.depends_on?.message;
  return (
    <Disclosure
      lazy
      title={dependencyMessages.title}
      summary={dependencyMessages.count(form.watch('depends_on').length)}
      hasError={error !== undefined}
    >
      <div className="sm:col-span-2">
        <Controller
          control={form.control}
          name="depends_on"
          render={({ field }) => (
            <MonitorPicker
              label={dependencyMessages.title}
              hint={dependencyMessages.hint}
              selected={field.value}
              onChange={(selected) => {
                form.clearErrors('depends_on');
                field.onChange(selected);
              }}
              without={monitorId === undefined ? [] : [monitorId]}
              max={MAX_DEPENDENCIES}
              error={error}
            />
          )}
        />
      </div>
    </Disclosure>
  );
}

/** What is done while the monitor goes down and up again and again. */
export function Flapping({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const flapping = form.watch('flapping');
  const { data } = flappingField.safeParse(flapping);
  return (
    <Disclosure
      title={flappingMessages.title}
      summary={data && flappingSummary(flappingInput(data))}
      hasError={hasError(FLAPPING_FIELDS)}
    >
      <FlappingFields bind={bind} isOn={flapping.is_on} />
    </Disclosure>
  );
}
