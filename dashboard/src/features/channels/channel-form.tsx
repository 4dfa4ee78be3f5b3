import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import type { ChannelStore } from '@/api/channels';
import type { Channel, ChannelKind } from '@/api/models';
import { Button } from '@/components/button';
import { AutoFocus, FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { Secret } from '@/components/secret';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { copyMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { webhookMessages } from '@/messages/webhooks';
import { AlertFields } from './alert-fields';
import { channelForm, channelInput, channelSchema, generatedSecret, readable } from './channel-schema';
import { CHANNEL_FIELDS, type ConfigForm } from './form-fields';
import { KindHead } from './kind-head';
import { KindPicker } from './kind-picker';
import { CHANNEL_FORMS } from './kinds/forms';
import { channelMessages, KIND_TEXTS } from './messages';

/** Of one that cannot be read nothing is kept but its kind and its name: the rest is asked for as of a new one. */
const formOf = (channel: Channel | null) => ({
  ...channelForm(readable(channel)),
  ...(channel?.kind && { kind: channel.kind, name: channel.name }),
});

interface Props {
  /** Null for a new one. */
  channel: Channel | null;
  store: ChannelStore;
  /** What a new one can be; any by default. */
  kinds?: readonly ChannelKind[];
  onClose: () => void;
}

export function ChannelForm({ channel: opened, store, kinds, onClose }: Props) {
  const client = useQueryClient();
  const { edited: channel, initial, load } = useEdited(opened, formOf);
  const known = readable(channel);
  const form = useForm({
    resolver: zodResolver(channelSchema(known?.config ?? null)),
    defaultValues: initial,
  });
  const { banner, guard } = useServerErrors(form, CHANNEL_FIELDS);
  const [secret, setSecret] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const { errors, isDirty, isSubmitting } = form.formState;
  const kind = form.watch('kind');
  const draft = `${store.key[0]}:${channel?.id ?? 'new'}`;
  const { Fields, setup } = CHANNEL_FORMS[kind];
  const [isPicking, setPicking] = useState(channel === null);
  const [picked, setPicked] = useState<ChannelKind | null>(null);
  // A field of one kind is not that of another of the same name.
  const [left, setLeft] = useState<Partial<Record<ChannelKind, ConfigForm>>>({});

  function pick(next: ChannelKind) {
    setPicking(false);
    setPicked(next);
    if (next === picked) return;
    const { name, config, alerts } = form.getValues();
    const blank = channelForm(null, next);
    if (picked) setLeft({ ...left, [picked]: config });
    form.reset(blank);
    form.reset({ ...blank, name, alerts, config: left[next] ?? blank.config }, { keepDefaultValues: true });
  }

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = channelInput(values, known);
      const saved = channel
        ? await store.update(channel, input)
        : await store.create({ ...input, kind: values.kind, enabled: true });
      const generated = generatedSecret(saved);
      // Before anything that may fail: it cannot be retrieved again.
      if (generated) setSecret(generated);
      void client.invalidateQueries({ queryKey: store.key });
      toastSuccess(common.saved(saved.name));
      if (!generated) onClose();
    }),
  );

  const loadLatest =
    channel &&
    (() =>
      guard(async () => {
        load(form, await store.read(channel.id));
        void client.invalidateQueries({ queryKey: store.key });
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
      {isPicking ? (
        <div className="grid gap-5">
          <UnsavedInput
            name={draft}
            form={form}
            onRestore={() => {
              setPicked(form.getValues('kind'));
              setPicking(false);
            }}
          />
          <KindPicker current={picked} kinds={kinds} onChoose={pick} />
        </div>
      ) : (
        <DialogForm
          error={banner}
          onLoadLatest={loadLatest}
          action={channel ? common.save : channelMessages.addChannel}
          busy={isSubmitting}
          onSubmit={save}
        >
          <UnsavedInput name={draft} form={form} />
          <KindHead label={KIND_TEXTS[kind].label} setup={setup}>
            {!channel && (
              <Button aria-label={channelMessages.changeType} onClick={() => setPicking(true)}>
                {common.change}
              </Button>
            )}
          </KindHead>
          <InputField
            label={common.name}
            placeholder={KIND_TEXTS[kind].example}
            autoComplete="off"
            error={errors.name?.message}
            {...form.register('name')}
          />
          <Fields form={form} channel={known} />
          <AlertFields form={form} channel={known} />
        </DialogForm>
      )}
      {/* Each step has its first field focused. */}
      <AutoFocus key={isPicking ? 'kind' : 'fields'} />
    </FormDialog>
  );
}
