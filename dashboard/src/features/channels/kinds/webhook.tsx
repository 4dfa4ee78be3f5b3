import type { ChannelConfig } from '@/api/models';
import { CheckField, InputField } from '@/components/field';
import { urlProblem } from '@/components/schemas';
import { leadsElsewhere } from '@/lib/origin';
import { webhookMessages } from '@/messages/webhooks';
import { channelErrors, channelHints } from '../messages';
import type { ChannelKindForm, FieldsProps } from './kind-form';
import { changedRequest, requestForm, requestProblems } from './webhook-request';
import { RequestFields } from './webhook-request-fields';

const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** The signing secret is kept for the server that it was made for. */
const moves = (before: ChannelConfig | null, url: string): boolean => leadsElsewhere(before?.url ?? '', url);

function WebhookFields({ form, channel }: FieldsProps) {
  const { errors } = form.formState;
  const hasMoved = moves(channel?.config ?? null, form.watch('config.url'));
  const hasPrevious = channel?.config?.previous_secret != null && !hasMoved;
  return (
    <>
      <InputField
        label="URL"
        type="url"
        autoComplete="off"
        spellCheck={false}
        placeholder="https://example.org/hooks/uptime"
        hint={webhookMessages.post}
        error={errors.config?.url?.message}
        {...form.register('config.url')}
      />
      {channel === null || hasMoved ? (
        <InputField
          label={webhookMessages.signingSecret}
          autoComplete="off"
          spellCheck={false}
          placeholder="whsec_…"
          hint={hasMoved ? channelHints.newServerSecret : channelHints.newSecret}
          error={errors.config?.secret?.message}
          {...form.register('config.secret')}
        />
      ) : (
        <CheckField
          label={webhookMessages.rotate}
          hint={webhookMessages.rotateHint}
          error={errors.config?.secret?.message}
          {...form.register('config.new_secret')}
        />
      )}
      {hasPrevious && !form.watch('config.new_secret') && (
        <CheckField
          label={webhookMessages.endPrevious}
          hint={webhookMessages.endPreviousHint}
          {...form.register('config.end_previous')}
        />
      )}
      <RequestFields form={form} channel={channel} moved={hasMoved} />
    </>
  );
}

export const webhook: ChannelKindForm = {
  Fields: WebhookFields,
  destination: ({ url }) => url ?? '',
  form: (config) => ({ url: config.url ?? '', ...requestForm(config) }),
  check(form, before) {
    const { url, secret } = form;
    return {
      url: urlProblem(url, false),
      secret: secret === '' || SECRET.test(secret) ? null : channelErrors.secret,
      ...requestProblems(form, moves(before, url) ? null : before),
    };
  },
  config(form, before) {
    const { url, secret, new_secret: isNew, end_previous: endPrevious } = form;
    const request = changedRequest(form, before);
    // With null the server generates one.
    if (moves(before, url)) return { url, secret: secret || null, ...request };
    return {
      url,
      ...(before === null && secret && { secret }),
      ...(isNew && { secret: null }),
      ...(endPrevious && { previous_secret: null }),
      ...request,
    };
  },
};
