import { Disclosure } from '@/components/disclosure';
import { InputField } from '@/components/field';
import { formMessages } from '../messages';
import { type Form, NUMERIC, useFields } from '../use-fields';
import { icmp } from './icmp-schema';
import { fieldLabels } from './messages';

export function IcmpOptions({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const { packets, max_loss_percent: maxLoss } = form.watch('icmp');
  return (
    <Disclosure
      title="Packets and loss"
      summary={formMessages.packets(packets, maxLoss)}
      hasError={hasError(icmp.fields)}
    >
      <InputField label={fieldLabels.packets} hint="Sent per check." {...NUMERIC} {...bind('icmp.packets')} />
      <InputField
        label={fieldLabels.maxLoss}
        unit="%"
        hint="Down when more are lost."
        {...NUMERIC}
        {...bind('icmp.max_loss_percent')}
      />
    </Disclosure>
  );
}
