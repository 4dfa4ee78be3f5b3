import { InputField } from '@/components/field';
import { urlProblem } from '@/components/schemas';
import { webhookMessages } from '@/messages/webhooks';
import type { ChannelKindForm, FieldsProps } from './kind-form';

function SlackFields({ form, channel }: FieldsProps) {
  const current = channel?.config?.webhook_url;
  return (
    <InputField
      label={webhookMessages.incomingUrl}
      type="url"
      autoComplete="off"
      spellCheck={false}
      placeholder={current ?? 'https://hooks.slack.com/services/…'}
      hint={current ? webhookMessages.keepUrl : webhookMessages.slackUrl}
      error={form.formState.errors.config?.webhook_url?.message}
      {...form.register('config.webhook_url')}
    />
  );
}

export const slack: ChannelKindForm = {
  Fields: SlackFields,
  destination: ({ webhook_url: url }) => url ?? '',
  form: () => ({}),
  check: ({ webhook_url: url }, isEdit) => ({ webhook_url: urlProblem(url, isEdit) }),
  config: ({ webhook_url: url }) => (url ? { webhook_url: url } : {}),
};
