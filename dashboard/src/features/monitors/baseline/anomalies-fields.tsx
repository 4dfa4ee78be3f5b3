import { Disclosure } from '@/components/disclosure';
import { Messages } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import { type Form, useFields } from '../use-fields';
import { SENSITIVITIES } from './anomalies';
import { baselineMessages, sensitivityHint, sensitivityLabel } from './messages';

const OPTIONS = (['off', ...SENSITIVITIES] as const).map((value) => ({
  value,
  label: sensitivityLabel(value),
}));

/** Whether response times are held against what is usual. */
export function Anomalies({ form }: { form: Form }) {
  const { hasError } = useFields(form);
  const value = form.watch('anomalies');
  return (
    <Disclosure
      title={baselineMessages.title}
      summary={sensitivityLabel(value)}
      hasError={hasError(['anomalies'])}
    >
      <div className="sm:col-span-2">
        <SegmentedControl
          label={baselineMessages.sensitivity}
          options={OPTIONS}
          {...form.register('anomalies')}
        />
        <Messages
          id="anomalies"
          hint={sensitivityHint(value)}
          error={form.formState.errors.anomalies?.message}
        />
      </div>
    </Disclosure>
  );
}
