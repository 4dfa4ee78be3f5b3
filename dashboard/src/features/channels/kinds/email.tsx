import { AreaField } from '@/components/field';
import { validation } from '@/messages/validation';
import { channelErrors } from '../messages';
import type { ChannelKindForm, FieldsProps } from './kind-form';

const ADDRESS = /^[^\s@<>,]+@[^\s@<>,.]+(\.[^\s@<>,.]+)+$/;
const MAX_RECIPIENTS = 20;

const recipients = (text: string) =>
  text
    .split(/[\n,;]/)
    .map((address) => address.trim())
    .filter((address) => address !== '');

function recipientsProblem(to: string[]): string | null {
  if (to.length === 0) return validation.required;
  if (to.length > MAX_RECIPIENTS) return channelErrors.maxRecipients(MAX_RECIPIENTS);
  const invalid = to.find((address) => !ADDRESS.test(address));
  return invalid === undefined ? null : channelErrors.invalidRecipient(invalid);
}

function EmailFields({ form }: FieldsProps) {
  return (
    <AreaField
      label="Recipients"
      placeholder="ops@example.org"
      hint="One email address per line, up to 20. New ones may have to confirm by email first."
      error={form.formState.errors.config?.to?.message}
      {...form.register('config.to')}
    />
  );
}

export const email: ChannelKindForm = {
  Fields: EmailFields,
  destination: ({ to }) => (to ?? []).join(', '),
  form: ({ to }) => ({ to: (to ?? []).join('\n') }),
  check: ({ to }) => ({ to: recipientsProblem(recipients(to)) }),
  config: ({ to }) => ({ to: recipients(to) }),
};
