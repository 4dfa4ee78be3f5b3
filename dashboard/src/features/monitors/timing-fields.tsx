import { Disclosure } from '@/components/disclosure';
import { CheckField, InputField } from '@/components/field';
import { typedRule } from './alerting/down-rule';
import { DownRuleFields } from './alerting/down-rule-fields';
import { shortRule } from './alerting/messages';
import { formMessages } from './messages';
import { deadlineMs, defaultTimeoutMs, TIMING_FIELDS } from './monitor-schema';
import { type Form, NUMERIC, useFields } from './use-fields';

type NumberField = 'timeout_ms' | 'slow_ms' | 'retries' | 'retry_delay_ms' | 'up_after';

export function TimingFields({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const [intervalText, timeoutText, retriesText, delayText] = form.watch([
    'interval_seconds',
    'timeout_ms',
    'retries',
    'retry_delay_ms',
  ]);
  const inverted = form.watch('upside_down');
  const [down_count, down_after, down_of, down_for_seconds] = form.watch([
    'down_count',
    'down_after',
    'down_of',
    'down_for_seconds',
  ]);
  const value = { down_count, down_after, down_of, down_for_seconds };
  const interval = Number(intervalText);
  const automatic = defaultTimeoutMs(interval, Number(retriesText), Number(delayText));
  const timeout = timeoutText === '' ? automatic : Number(timeoutText);
  const longest = deadlineMs(timeout, Number(retriesText), Number(delayText)) / 1_000;
  const rule = typedRule(value);
  const summary = [
    timeout > 0 && formMessages.seconds(timeout),
    formMessages.retries(retriesText),
    rule && shortRule(rule),
    inverted && 'Inverted',
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
      summary={summary.filter(Boolean).join(' · ')}
      hasError={hasError(TIMING_FIELDS)}
    >
      {number('timeout_ms', formMessages.timeout, 'Per attempt. The default fits the interval.', 'ms')}
      {number('slow_ms', formMessages.slowAbove, formMessages.slowAboveHint, 'ms')}
      {number('retries', formMessages.retryCount, 'Retries before marking down.')}
      {number('retry_delay_ms', formMessages.retryDelay, 'Time before each retry.', 'ms')}
      {Number.isFinite(longest) && interval > 0 && (
        <p className="rounded-lg bg-sunken px-3.5 py-2.5 text-ink-soft text-sm sm:col-span-2">
          A check takes at most{' '}
          <strong className={longest < interval ? 'text-ink' : 'text-down'}>{longest} s</strong> of the{' '}
          {interval} s interval.
        </p>
      )}
      <DownRuleFields bind={bind} value={value} interval={interval > 0 ? interval : null} />
      {number('up_after', formMessages.upAfter, formMessages.upAfterHint)}
      <CheckField
        label={formMessages.invert}
        hint="Up when the check fails. For targets that must not be reachable."
        className="sm:col-span-2"
        {...bind('upside_down')}
      />
    </Disclosure>
  );
}
