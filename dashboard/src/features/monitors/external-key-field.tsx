import { Disclosure } from '@/components/disclosure';
import { InputField } from '@/components/field';
import { formMessages } from './messages';
import { type Form, TECHNICAL, useFields } from './use-fields';

/** The name by which programs change the monitor. */
export function ExternalKeyField({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  return (
    <Disclosure
      title={formMessages.advanced}
      summary={form.watch('external_key')}
      hasError={hasError(['external_key'])}
    >
      <InputField
        label={formMessages.externalKey}
        hint={formMessages.externalKeyHint}
        className="sm:col-span-2"
        {...TECHNICAL}
        {...bind('external_key')}
      />
    </Disclosure>
  );
}
