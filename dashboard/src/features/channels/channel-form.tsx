import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { createChannel, readChannel, updateChannel } from '@/api/channels';
import { keys } from '@/api/keys';
import type { Channel } from '@/api/models';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { Secret } from '@/components/secret';
import { SegmentedControl } from '@/components/segmented-control';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { copyMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { webhookMessages } from '@/messages/webhooks';
import { AlertFields } from './alert-fields';
import { channelForm, channelInput, channelSchema, generatedSecret, readable } from './channel-schema';
import { CHANNEL_FIELDS } from './form-fields';
import { CHANNEL_FORMS } from './kinds/forms';
import { CHANNEL_KINDS, CHANNEL_LABELS, channelMessages, NAME_EXAMPLES } from './messages';

const KIND_OPTIONS = CHANNEL_KINDS.map((value) => ({ value, label: CHANNEL_LABELS[value] }));

/** Of one that cannot be read nothing is kept but its kind and its name: the rest is asked for as of a new one. */
const formOf = (channel: Channel | null) => ({
  ...channelForm(readable(channel)),
  ...(channel?.kind && { kind: channel.kind, name: channel.name }),
});

interface Props {
  /** Null for a new one. */
  channel: Channel | null;
  onClose: () => void;
}

export function ChannelForm({ channel: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: channel, initial, load } = useEdited(opened, formOf);
  const known = readable(channel);
  const form = useForm({
    resolver: zodResolver(channelSchema(known !== null)),
    defaultValues: initial,
  });
  const { banner, guard } = useServerErrors(form, CHANNEL_FIELDS);
  const [secret, setSecret] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const { errors, isDirty, isSubmitting } = form.formState;
  const kind = form.watch('kind');
  const { Fields } = CHANNEL_FORMS[kind];

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = channelInput(values, known);
      const saved = channel
        ? await updateChannel(channel, input)
        : await createChannel({ ...input, kind: values.kind, enabled: true });
      const generated = generatedSecret(saved);
      // Before anything that may fail: it cannot be retrieved again.
      if (generated) setSecret(generated);
      void client.invalidateQueries({ queryKey: keys.channels });
      toastSuccess(common.saved(saved.name));
      if (!generated) onClose();
    }),
  );

  const loadLatest =
    channel &&
    (() =>
      guard(async () => {
        load(form, await readChannel(channel.id));
        void client.invalidateQueries({ queryKey: keys.channels });
      }));

  if (secret) {
    return (
      <FormDialog
        key="dialog"
        title={webhookMessages.signingSecret}
        persistent
        dirty={!isCopied}
        question={copyMessages.unkept}
        onClose={onClose}
      >
        <Secret secret={secret} onCopied={() => setCopied(true)} onClose={onClose} />
      </FormDialog>
    );
  }
  return (
    <FormDialog
      // One dialog for both steps, so that the focus returns to what opened it.
      key="dialog"
      title={channel ? channelMessages.editChannel : channelMessages.addChannel}
      dirty={isDirty}
      onClose={onClose}
    >
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={channel ? common.save : channelMessages.addChannel}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`channel:${channel?.id ?? 'new'}`} form={form} />
        {!channel && (
          <SegmentedControl
            label={common.type}
            options={KIND_OPTIONS}
            {...form.register('kind', { onChange: () => form.clearErrors() })}
          />
        )}
        <InputField
          label={common.name}
          placeholder={NAME_EXAMPLES[kind]}
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <Fields form={form} channel={known} />
        <AlertFields form={form} channel={known} />
      </DialogForm>
    </FormDialog>
  );
}
