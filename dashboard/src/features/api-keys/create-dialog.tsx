import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { rolesOfKeysBy } from '@/api/access';
import { createApiKey } from '@/api/api-keys';
import { keys } from '@/api/keys';
import { useRole } from '@/api/use-session';
import { AccessFields, accessFields } from '@/components/access-fields';
import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { AreaField, InputField, SelectField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { nameField } from '@/components/schemas';
import { keysOf } from '@/lib/keys-of';
import { z } from '@/lib/zod';
import { copyMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { Examples } from './examples';
import { EXPIRY_LABELS, apiKeyMessages as messages } from './messages';

const EXPIRIES = keysOf(EXPIRY_LABELS);

const schema = z.object({
  name: nameField,
  ...accessFields,
  /** Days from now. */
  expires_at: z.enum(EXPIRIES),
  networks: z.string(),
});

const DAY_MS = 86_400_000;

const expiryOf = (days: keyof typeof EXPIRY_LABELS): string | null =>
  days === 'never' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();

const networksOf = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

interface CreatedProps {
  apiKey: string;
  onCopied: () => void;
  onClose: () => void;
}

function Created({ apiKey, onCopied, onClose }: CreatedProps) {
  return (
    <>
      <p className="mb-4 text-pretty text-ink-soft text-sm">{copyMessages.once}</p>
      <CopyBlock text={apiKey} onCopied={onCopied} />
      <div className="mt-6 border-line border-t pt-5">
        <Examples apiKey={apiKey} onCopied={onCopied}>
          <Button variant="primary" onClick={onClose}>
            {copyMessages.done}
          </Button>
        </Examples>
      </div>
    </>
  );
}

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [created, setCreated] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: {
      name: '',
      role: 'viewer' as const,
      only_tags: null,
      expires_at: '90' as const,
      networks: '',
    },
  });
  const { banner, guard } = useServerErrors(form, ['name', 'role', 'only_tags', 'expires_at', 'networks']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const roles = rolesOfKeysBy(useRole());
  const save = form.handleSubmit(({ expires_at, networks, ...values }) =>
    guard(async () => {
      const { key } = await createApiKey({
        ...values,
        expires_at: expiryOf(expires_at),
        networks: networksOf(networks),
      });
      setCreated(key);
      void client.invalidateQueries({ queryKey: keys.apiKeys });
    }),
  );
  if (created !== null) {
    return (
      <FormDialog
        key="dialog"
        title={messages.created}
        persistent
        dirty={!isCopied}
        question={copyMessages.unkept}
        onClose={onClose}
      >
        <Created apiKey={created} onCopied={() => setCopied(true)} onClose={onClose} />
      </FormDialog>
    );
  }
  return (
    // One dialog for both steps, so that the focus returns to what opened it.
    <FormDialog key="dialog" title={messages.create} dirty={isDirty} onClose={onClose}>
      <DialogForm error={banner} action={messages.create} busy={isSubmitting} onSubmit={save}>
        <InputField
          label={common.name}
          placeholder={messages.nameExample}
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <AccessFields form={form} roles={roles} />
        <SelectField
          label={messages.expiry}
          error={errors.expires_at?.message}
          {...form.register('expires_at')}
        >
          {EXPIRIES.map((value) => (
            <option key={value} value={value}>
              {EXPIRY_LABELS[value]}
            </option>
          ))}
        </SelectField>
        <AreaField
          label={messages.networks}
          rows={2}
          placeholder={messages.networksExample}
          hint={messages.networksHint}
          error={errors.networks?.message}
          {...form.register('networks')}
        />
      </DialogForm>
    </FormDialog>
  );
}
