import { type Kind, RECORD_TYPES } from '@/api/types';
import { Disclosure } from '@/components/disclosure';
import { AreaField, CheckField, InputField, SelectField } from '@/components/field';
import { KIND_FIELDS } from './monitor-schema';
import { type Form, NUMERIC, TECHNICAL, useFields } from './use-fields';

/** What a kind asks for beside its address, when it is what the kind is about. */
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
        label="Certificate lasts at least"
        unit="days"
        hint="With fewer days left the monitor is DOWN."
        className="max-w-60"
        {...NUMERIC}
        {...bind('tls.warn_days')}
      />
    );
  }
  return null;
}

/** What most monitors of the kind do without. */
export function NetFields({ form, kind }: { form: Form; kind: Exclude<Kind, 'http'> }) {
  const { bind, hasError } = useFields(form);
  const { tcp, tls, dns, icmp } = form.watch();
  const failed = hasError(KIND_FIELDS[kind]);
  switch (kind) {
    case 'tcp': {
      const aside = [tcp.send && 'sends', tcp.expect && 'expects an answer'].filter(Boolean).join(' · ');
      return (
        <Disclosure title="What is said" summary={aside || 'connect only'} hasError={failed}>
          <InputField
            label="Send"
            placeholder="EHLO example.org\r\n"
            hint={
              <>
                Sent once the connection is open; <code>\r\n</code> ends a line.
              </>
            }
            className="sm:col-span-2"
            {...TECHNICAL}
            {...bind('tcp.send')}
          />
          <InputField
            label="Answer contains"
            hint="If blank, an open connection is enough."
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
          title="Validity"
          summary={tls.verify_tls ? 'must be valid' : 'only its end counts'}
          hasError={failed && !hasError(['tls.warn_days'])}
        >
          <CheckField
            label="The certificate must be valid in other respects too"
            hint="Without it, only the day on which it expires counts, as for a certificate that you signed yourself."
            className="sm:col-span-2"
            {...bind('tls.verify_tls')}
          />
        </Disclosure>
      );
    case 'dns': {
      const aside = dns.expected.trim() ? 'certain records' : 'any answer';
      return (
        <Disclosure
          title="What counts as UP"
          summary={dns.resolver ? `${aside} · from ${dns.resolver}` : aside}
          hasError={failed && !hasError(['dns.record_type'])}
        >
          <AreaField
            label="Expected records"
            className="sm:col-span-2"
            placeholder={dns.record_type === 'MX' ? '10 mail.example.org.' : '192.0.2.1'}
            hint="One on each line; all of them must be in the answer. If blank, any answer will do."
            {...bind('dns.expected')}
          />
          <InputField
            label="Name server"
            placeholder="192.0.2.53"
            hint="Its address, with a port if it is not 53. If blank, the system's own."
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
          title="Pings and loss"
          summary={`${icmp.packets} pings · up to ${icmp.max_loss_percent} % lost`}
          hasError={failed}
        >
          <InputField label="Pings" hint="Of one check." {...NUMERIC} {...bind('icmp.packets')} />
          <InputField
            label="Loss allowed"
            unit="%"
            hint="If more are lost, the monitor is DOWN."
            {...NUMERIC}
            {...bind('icmp.max_loss_percent')}
          />
        </Disclosure>
      );
  }
}
