import type { UseFormReturn } from 'react-hook-form';
import { HTTP_METHODS } from '@/api/types';
import { InputField, SelectField } from '@/components/field';
import { deadlineMs, defaultTimeoutMs, type MonitorForm, type MonitorValues } from './monitor-schema';

type NumberField = 'timeout_ms' | 'retries' | 'retry_delay_ms' | 'slow_ms' | 'down_after' | 'up_after';

export function AdvancedFields({ form }: { form: UseFormReturn<MonitorForm, unknown, MonitorValues> }) {
  const { errors } = form.formState;
  const [intervalText, timeoutText, retriesText, delayText] = form.watch([
    'interval_seconds',
    'timeout_ms',
    'retries',
    'retry_delay_ms',
  ]);
  const interval = Number(intervalText);
  const automatic = defaultTimeoutMs(interval, Number(retriesText), Number(delayText));
  const timeout = timeoutText === '' ? automatic : Number(timeoutText);
  const longest = deadlineMs(timeout, Number(retriesText), Number(delayText)) / 1_000;

  const number = (name: NumberField, label: string, hint: string, unit?: string) => (
    <InputField
      label={label}
      hint={hint}
      {...(unit && { unit })}
      inputMode="numeric"
      autoComplete="off"
      error={errors[name]?.message}
      {...form.register(name)}
      {...(name === 'timeout_ms' && automatic > 0 && { placeholder: `${automatic}` })}
    />
  );

  return (
    <div className="grid gap-5 border-line border-t p-5 sm:grid-cols-2">
      {number(
        'timeout_ms',
        'Timeout',
        'For one attempt. If blank on a new monitor, what fits the interval.',
        'ms',
      )}
      {number('slow_ms', 'Slow above', 'A slower answer is DEGRADED. If blank, never.', 'ms')}
      {number('retries', 'Retries', 'Further attempts that confirm a failure before it counts.')}
      {number('retry_delay_ms', 'Retry delay', 'The pause before each retry.', 'ms')}
      {Number.isFinite(longest) && interval > 0 && (
        <p className="rounded-lg bg-sunken px-3.5 py-2.5 text-ink-soft text-sm sm:col-span-2">
          A whole check takes at most{' '}
          <strong className={longest < interval ? 'text-ink' : 'text-down'}>{longest} s</strong> of its
          interval of {interval} s.
        </p>
      )}
      {number('down_after', 'DOWN after', 'Failing checks in a row that open an incident.')}
      {number('up_after', 'UP after', 'Succeeding checks in a row that close it.')}
      <SelectField label="Method" error={errors.http?.method?.message} {...form.register('http.method')}>
        {HTTP_METHODS.map((method) => (
          <option key={method}>{method}</option>
        ))}
      </SelectField>
      <InputField
        label="Expected status"
        hint="What counts as UP, like 200-299, 404."
        autoComplete="off"
        error={errors.http?.expected_status?.message}
        {...form.register('http.expected_status')}
      />
    </div>
  );
}
