import { zodResolver } from '@hookform/resolvers/zod';
import { type ReactNode, useState } from 'react';
import { useForm } from 'react-hook-form';
import type { SecondFactorSecret } from '@/api/models';
import { confirmSecondFactor, enrolSecondFactor } from '@/api/second-factor';
import { z } from '@/lib/zod';
import { secondFactorMessages as messages } from '@/messages/second-factor';
import { CodeField } from './code-field';
import { DialogForm } from './dialog-form';
import { useServerErrors } from './form-errors';
import { ProofForm } from './proof';
import { codeField } from './schemas';

interface Step {
  /** Around the buttons of a step. */
  actions: (submit: ReactNode) => ReactNode;
}

const codeSchema = z.object({ code: codeField });

function CodeStep({
  secret,
  actions,
  onCodes,
}: Step & { secret: SecondFactorSecret; onCodes: (codes: string[]) => void }) {
  const form = useForm({ resolver: zodResolver(codeSchema), defaultValues: { code: '' } });
  const { banner, guard } = useServerErrors(form, ['code']);
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(({ code }) => guard(async () => onCodes(await confirmSecondFactor(code))));
  // In groups, to be read.
  const key = secret.secret.match(/.{1,4}/g)?.join(' ') ?? secret.secret;
  return (
    <DialogForm
      error={banner}
      action={messages.turnOn}
      busy={isSubmitting}
      actions={actions}
      onSubmit={submit}
    >
      <p className="text-pretty text-sm">{messages.scan}</p>
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(secret.qr_svg)}`}
        alt={messages.qrCode}
        // Apps do not read it in inverted colours.
        className="mx-auto size-48 max-w-full rounded-lg bg-white"
      />
      <p className="text-ink-soft text-sm">
        {messages.byHand}
        <code className="mt-1 block select-all break-words font-mono text-ink">{key}</code>
      </p>
      <CodeField error={errors.code?.message} {...form.register('code')} />
      <p className="text-ink-soft text-sm">{messages.othersEnd}</p>
    </DialogForm>
  );
}

/** Turning the second factor on: the password, the secret, and a code that confirms it. */
export function Enrolment({ actions, onCodes }: Step & { onCodes: (codes: string[]) => void }) {
  const [secret, setSecret] = useState<SecondFactorSecret | null>(null);
  if (!secret) {
    return (
      <ProofForm
        action={messages.continue}
        actions={actions}
        onSubmit={async ({ current_password }) => setSecret(await enrolSecondFactor(current_password))}
      >
        <p className="text-sm">{messages.passwordFirst}</p>
      </ProofForm>
    );
  }
  return <CodeStep secret={secret} actions={actions} onCodes={onCodes} />;
}
