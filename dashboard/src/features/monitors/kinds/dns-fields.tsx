import { recordTypeValues } from '@/api/schema';
import { Disclosure } from '@/components/disclosure';
import { AreaField, InputField, SelectField } from '@/components/field';
import { formMessages } from '../messages';
import { type Form, TECHNICAL, useFields } from '../use-fields';
import { fieldLabels } from './messages';

export function DnsMain({ form }: { form: Form }) {
  const { bind } = useFields(form);
  return (
    <SelectField label={fieldLabels.recordType} className="max-w-60" {...bind('dns.record_type')}>
      {recordTypeValues.map((type) => (
        <option key={type}>{type}</option>
      ))}
    </SelectField>
  );
}

export function DnsOptions({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const { record_type: type, expected, resolver } = form.watch('dns');
  const records = expected.trim() ? 'Specific records' : 'Any records';
  return (
    <Disclosure
      title={formMessages.expectedResponse}
      summary={resolver ? formMessages.nameServer(records, resolver) : records}
      hasError={hasError(['dns.expected', 'dns.resolver'])}
    >
      <AreaField
        label={fieldLabels.expectedRecords}
        className="sm:col-span-2"
        placeholder={type === 'MX' ? '10 mail.example.org.' : '192.0.2.1'}
        hint="One per line, all must be present. Leave blank to accept any."
        {...bind('dns.expected')}
      />
      <InputField
        label={fieldLabels.nameServer}
        placeholder="192.0.2.53"
        hint="IP address with an optional port. Leave blank for the system default."
        className="sm:col-span-2"
        {...TECHNICAL}
        {...bind('dns.resolver')}
      />
    </Disclosure>
  );
}
