import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { createDestination, readDestination, updateDestination } from '@/api/destinations';
import { keys } from '@/api/keys';
import type { Destination, StatusPage } from '@/api/models';
import { destinationKindValues } from '@/api/schema';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { CheckField, InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { Secret } from '@/components/secret';
import { SegmentedControl } from '@/components/segmented-control';
import { toastSuccess } from '@/components/toasts';
import { useEdited } from '@/components/use-edited';
import { copyMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { webhookMessages } from '@/messages/webhooks';
import { ComponentChoice } from '../subscribers/component-choice';
import { TECHNICAL } from '../use-page-form';
import {
  destinationInput,
  destinationSchema,
  formOf,
  generatedSecret,
  isSecret,
  moves,
  URL_FIELDS,
} from './destination-schema';
import {
  DESTINATION_LABELS,
  destinationMessages as messages,
  NAME_EXAMPLES,
  URL_EXAMPLES,
  URL_HINTS,
  URL_LABELS,
} from './messages';

const KINDS = destinationKindValues.map((value) => ({ value, label: DESTINATION_LABELS[value] }));
const FIELDS = ['name', 'config.url', 'config.webhook_url', 'config.workflow_url', 'components'] as const;

interface Props {
  page: StatusPage;
  /** Null for a new one. */
  destination: Destination | null;
  onClose: () => void;
}

/** Sets up a destination, then shows the secret that was made for it. */
export function DestinationDialog({ page, destination: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: destination, initial, load } = useEdited(opened, formOf);
  const form = useForm({
    resolver: zodResolver(destinationSchema(destination?.config != null)),
    defaultValues: initial,
  });
  const { banner, guard } = useServerErrors(form, FIELDS);
  const [secret, setSecret] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const { errors, isDirty, isSubmitting } = form.formState;
  const kind = form.watch('kind');
  const urlField = URL_FIELDS[kind];
  const hasMoved = moves(destination, form.watch('config.url'));
  const isKept = destination?.config != null && isSecret(kind);
  const refresh = () => client.invalidateQueries({ queryKey: keys.destinations(page.id) });

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = destinationInput(values, destination);
      const saved = destination
        ? await updateDestination(page.id, destination, input)
        : await createDestination(page.id, input);
      const generated = generatedSecret(saved);
      // Before anything that may fail: it cannot be retrieved again.
      if (generated) setSecret(generated);
      void refresh();
      toastSuccess(common.saved(saved.name));
      if (!generated) onClose();
    }),
  );

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
      title={destination ? messages.edit : messages.add}
      dirty={isDirty}
      onClose={onClose}
    >
      <DialogForm
        error={banner}
        onLoadLatest={
          destination &&
          (() =>
            guard(async () => {
              load(form, await readDestination(page.id, destination.id));
              void refresh();
            }))
        }
        action={destination ? common.save : messages.add}
        busy={isSubmitting}
        onSubmit={save}
      >
        {!destination && (
          <SegmentedControl
            label={common.type}
            options={KINDS}
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
        <InputField
          key={urlField}
          label={URL_LABELS[kind]}
          type="url"
          {...TECHNICAL}
          placeholder={(isKept && destination.config?.[urlField]) || URL_EXAMPLES[kind]}
          hint={isKept ? webhookMessages.keepUrl : hasMoved ? messages.newSecret : URL_HINTS[kind]}
          error={errors.config?.[urlField]?.message}
          {...form.register(`config.${urlField}`)}
        />
        {destination?.kind === 'webhook' && !hasMoved && (
          <>
            <CheckField
              label={webhookMessages.rotate}
              hint={webhookMessages.rotateHint}
              {...form.register('new_secret')}
            />
            {destination.config?.previous_secret != null && !form.watch('new_secret') && (
              <CheckField
                label={webhookMessages.endPrevious}
                hint={webhookMessages.endPreviousHint}
                {...form.register('end_previous')}
              />
            )}
          </>
        )}
        <Controller
          control={form.control}
          name="components"
          render={({ field, fieldState }) => (
            <ComponentChoice
              page={page}
              value={field.value}
              error={fieldState.error?.message}
              onChange={field.onChange}
            />
          )}
        />
      </DialogForm>
    </FormDialog>
  );
}
