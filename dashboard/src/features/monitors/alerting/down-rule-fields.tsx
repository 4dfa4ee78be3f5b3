import { InputField } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import { type Bound, DurationPair } from '../kinds/duration-field';
import { formMessages } from '../messages';
import { NUMERIC } from '../use-fields';
import { COUNTS, type DownRuleForm, earliestSeconds, typedRule } from './down-rule';
import { describeDownRule, ruleMessages as messages } from './messages';

const OPTIONS = COUNTS.map((value) => ({ value, label: messages.counts[value] }));

interface Props {
  bind: (
    name: 'down_count' | 'down_after' | 'down_of' | 'down_for_seconds.count' | 'down_for_seconds.unit',
  ) => Bound;
  value: DownRuleForm;
  /** Seconds between two checks; null where monitors differ. */
  interval: number | null;
}

/** When a monitor counts as down, and how soon somebody is notified. */
export function DownRuleFields({ bind, value, interval }: Props) {
  const isWindow = value.down_count === 'of_last';
  const { error: _, ...count } = bind('down_count');
  const rule = typedRule(value);
  return (
    <div className="grid gap-4 sm:col-span-2">
      <SegmentedControl label={messages.downWhen} options={OPTIONS} {...count} />
      <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
        <InputField
          label={formMessages.downAfter}
          hint={messages.failedChecks[value.down_count]}
          {...NUMERIC}
          {...bind('down_after')}
        />
        {isWindow && (
          <InputField label={messages.ofLast} hint={messages.ofLastHint} {...NUMERIC} {...bind('down_of')} />
        )}
        <DurationPair
          label={messages.forAtLeast}
          hint={messages.forAtLeastHint}
          count={bind('down_for_seconds.count')}
          unit={bind('down_for_seconds.unit')}
        />
      </div>
      {rule && (
        <p role="status" className="text-pretty rounded-lg bg-sunken px-3.5 py-2.5 text-ink-soft text-sm">
          {describeDownRule(rule, interval && earliestSeconds(rule, interval))}
        </p>
      )}
    </div>
  );
}
