import { Disclosure } from '@/components/disclosure';
import { CheckField, Messages } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import {
  anomaliesSummary,
  baselineMessages as messages,
  sensitivityHint,
  sensitivityLabel,
} from '@/messages/baseline';
import { type Form, useFields } from '../use-fields';
import { anomaliesInput, SENSITIVITIES } from './anomalies';

const OPTIONS = (['off', ...SENSITIVITIES] as const).map((value) => ({
  value,
  label: sensitivityLabel(value),
}));

/** Whether response times are held against what is usual, and whether somebody is notified when they are slower. */
export function Anomalies({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const value = form.watch('anomalies');
  const { anomalies } = form.formState.errors;
  const wrong = anomalies?.sensitivity?.message ?? anomalies?.message;
  return (
    <Disclosure
      title={messages.title}
      summary={anomaliesSummary(anomaliesInput(value))}
      hasError={hasError(['anomalies', 'anomalies.sensitivity', 'anomalies.notify'])}
    >
      <div className="grid gap-4 sm:col-span-2">
        <div>
          <SegmentedControl
            label={messages.sensitivity}
            options={OPTIONS}
            {...form.register('anomalies.sensitivity')}
          />
          <Messages id="anomalies" hint={sensitivityHint(value.sensitivity)} error={wrong} />
        </div>
        {value.sensitivity !== 'off' && (
          <CheckField label={messages.notify} hint={messages.notifyHint} {...bind('anomalies.notify')} />
        )}
      </div>
    </Disclosure>
  );
}
