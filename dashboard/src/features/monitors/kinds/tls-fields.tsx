import { Disclosure } from '@/components/disclosure';
import { CheckField, InputField } from '@/components/field';
import { formMessages } from '../messages';
import { type Form, NUMERIC, useFields } from '../use-fields';

export function TlsMain({ form }: { form: Form }) {
  const { bind } = useFields(form);
  return (
    <InputField
      label={formMessages.minValidity}
      unit="days"
      hint="Down with fewer days left."
      className="max-w-60"
      {...NUMERIC}
      {...bind('tls.warn_days')}
    />
  );
}

export function TlsOptions({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  return (
    <Disclosure
      title="Verification"
      summary={form.watch('tls.verify_tls') ? 'Chain, host name and expiry' : 'Expiry only'}
      hasError={hasError(['tls.verify_tls'])}
    >
      <CheckField
        label={formMessages.verifyTls}
        hint="Turn off for self-signed certificates. Only the expiry is checked then."
        className="sm:col-span-2"
        {...bind('tls.verify_tls')}
      />
    </Disclosure>
  );
}
