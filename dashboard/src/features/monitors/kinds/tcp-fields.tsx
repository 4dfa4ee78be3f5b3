import { Disclosure } from '@/components/disclosure';
import { InputField } from '@/components/field';
import { type Form, TECHNICAL, useFields } from '../use-fields';
import { fieldLabels } from './messages';
import { tcp } from './tcp-schema';

export function TcpOptions({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const { send, expect } = form.watch('tcp');
  const summary = [send && 'Sends data', expect && 'Expects a response'].filter(Boolean).join(' · ');
  return (
    <Disclosure
      title="Request and response"
      summary={summary || 'Connect only'}
      hasError={hasError(tcp.fields)}
    >
      <InputField
        label={fieldLabels.send}
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
        label={fieldLabels.responseContains}
        hint="Leave blank to only connect."
        className="sm:col-span-2"
        {...TECHNICAL}
        {...bind('tcp.expect')}
      />
    </Disclosure>
  );
}
