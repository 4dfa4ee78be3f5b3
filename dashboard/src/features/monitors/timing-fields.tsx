import { Disclosure } from '@/components/disclosure';
import { CheckField, InputField } from '@/components/field';
import { deadlineMs, defaultTimeoutMs, TIMING_FIELDS } from './monitor-schema';
import { type Form, NUMERIC, useFields } from './use-fields';

type NumberField = Exclude<(typeof TIMING_FIELDS)[number], 'upside_down'>;

export function TimingFields({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const [intervalText, timeoutText, retriesText, delayText] = form.watch([
    'interval_seconds',
    'timeout_ms',
    'retries',
    'retry_delay_ms',
  ]);
  const upsideDown = form.watch('upside_down');
  const interval = Number(intervalText);
  const automatic = defaultTimeoutMs(interval, Number(retriesText), Number(delayText));
  const timeout = timeoutText === '' ? automatic : Number(timeoutText);
  const longest = deadlineMs(timeout, Number(retriesText), Number(delayText)) / 1_000;
  const aside = [
    timeout > 0 && `${timeout / 1_000} s`,
    retriesText === '1' ? '1 retry' : `${retriesText} retries`,
    upsideDown && 'upside down',
  ];

  const number = (name: NumberField, label: string, hint: string, unit?: string) => (
    <InputField
      label={label}
      hint={hint}
      {...(unit && { unit })}
      {...NUMERIC}
      {...bind(name)}
      {...(name === 'timeout_ms' && automatic > 0 && { placeholder: `${automatic}` })}
    />
  );

  return (
    <Disclosure
      title="Timing and retries"
      summary={aside.filter(Boolean).join(' · ')}
      hasError={hasError(TIMING_FIELDS)}
    >
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
      <CheckField
        label="Upside down"
        hint="For what must not answer: a check that fails counts as UP."
        className="sm:col-span-2"
        {...bind('upside_down')}
      />
    </Disclosure>
  );
}
