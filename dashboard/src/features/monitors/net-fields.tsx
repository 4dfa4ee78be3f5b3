import { type Kind, RECORD_TYPES } from '@/api/types';
import { Disclosure } from '@/components/disclosure';
import { AreaField, CheckField, InputField, SelectField } from '@/components/field';
import { formMessages } from './messages';
import { KIND_FIELDS } from './monitor-schema';
import { type Form, NUMERIC, TECHNICAL, useFields } from './use-fields';

/** The essential settings of a kind. */
export function MainFields({ form, kind }: { form: Form; kind: Kind }) {
  const { bind } = useFields(form);
  if (kind === 'dns') {
    return (
      <SelectField label="Record type" className="max-w-60" {...bind('dns.record_type')}>
        {RECORD_TYPES.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </SelectField>
    );
  }
  if (kind === 'tls') {
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
  return null;
}

/** The optional settings of a kind. */
export function NetFields({ form, kind }: { form: Form; kind: Exclude<Kind, 'http'> }) {
  const { bind, hasError } = useFields(form);
  const { tcp, tls, dns, icmp } = form.watch();
  const failed = hasError(KIND_FIELDS[kind]);
  switch (kind) {
    case 'tcp': {
      const summary = [tcp.send && 'Sends data', tcp.expect && 'Expects a response']
        .filter(Boolean)
        .join(' · ');
      return (
        <Disclosure title="Request and response" summary={summary || 'Connect only'} hasError={failed}>
          <InputField
            label="Send"
            placeholder="EHLO example.org\r\n"
            hint={
              <>
                Sent after connecting. <code>\r\n</code> ends a line.
              </>
            }
            className="sm:col-span-2"
            {...TECHNICAL}
            {...bind('tcp.send')}
          />
          <InputField
            label="Response contains"
            hint="Leave blank to only connect."
            className="sm:col-span-2"
            {...TECHNICAL}
            {...bind('tcp.expect')}
          />
        </Disclosure>
      );
    }
    case 'tls':
      return (
        <Disclosure
          title="Verification"
          summary={tls.verify_tls ? 'Chain, host name and expiry' : 'Expiry only'}
          hasError={failed && !hasError(['tls.warn_days'])}
        >
          <CheckField
            label={formMessages.verifyTls}
            hint="Turn off for self-signed certificates. Only the expiry is checked then."
            className="sm:col-span-2"
            {...bind('tls.verify_tls')}
          />
        </Disclosure>
      );
    case 'dns': {
      const expected = dns.expected.trim() ? 'Specific records' : 'Any records';
      return (
        <Disclosure
          title={formMessages.expectedResponse}
          summary={dns.resolver ? formMessages.nameServer(expected, dns.resolver) : expected}
          hasError={failed && !hasError(['dns.record_type'])}
        >
          <AreaField
            label="Expected records"
            className="sm:col-span-2"
            placeholder={dns.record_type === 'MX' ? '10 mail.example.org.' : '192.0.2.1'}
            hint="One per line, all must be present. Leave blank to accept any."
            {...bind('dns.expected')}
          />
          <InputField
            label="Name server"
            placeholder="192.0.2.53"
            hint="IP address with an optional port. Leave blank for the system default."
            className="sm:col-span-2"
            {...TECHNICAL}
            {...bind('dns.resolver')}
          />
        </Disclosure>
      );
    }
    case 'icmp':
      return (
        <Disclosure
          title="Packets and loss"
          summary={formMessages.packets(icmp.packets, icmp.max_loss_percent)}
          hasError={failed}
        >
          <InputField label="Packets" hint="Sent per check." {...NUMERIC} {...bind('icmp.packets')} />
          <InputField
            label="Max packet loss"
            unit="%"
            hint="Down when more are lost."
            {...NUMERIC}
            {...bind('icmp.max_loss_percent')}
          />
        </Disclosure>
      );
  }
}
