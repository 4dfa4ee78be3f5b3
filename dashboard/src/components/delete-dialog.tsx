import { zodResolver } from '@hookform/resolvers/zod';
import { type ReactNode, useMemo } from 'react';
import { useForm } from 'react-hook-form';
import { useSession } from '@/api/use-session';
import { z } from '@/lib/zod';
import { privacyMessages as messages } from '@/messages/privacy';
import { Button } from './button';
import { CodeField } from './code-field';
import { CurrentPassword, useCurrentPasswordField } from './current-password';
import { CancelButton, FormActions, FormDialog } from './dialog';
import { InputField } from './field';
import { useServerErrors } from './form-errors';
import { ErrorNotice } from './notice';

/** Who it is that deletes. */
export interface Proof {
  current_password: string;
  /** Where the second factor is on. */
  code?: string;
}

interface Props {
  title: string;
  label: string;
  /** What has to be typed. */
  expected: string;
  /** What the server calls it. */
  field: 'email' | 'name';
  onDelete: (typed: string, proof: Proof) => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

/** Asks for the name of what is to be deleted, and for the password. */
export function DeleteDialog({ title, label, expected, field, onDelete, onClose, children }: Props) {
  const hasSecondFactor = useSession()?.user.second_factor === true;
  const current = useCurrentPasswordField();
  const schema = useMemo(() => {
    const isMeant = (typed: string) => typed.trim().toLowerCase() === expected.trim().toLowerCase();
    const typed = z.string().refine(isMeant, messages.typeName(expected));
    const code = z.string().trim();
    return z.object({ email: typed, name: typed, current_password: current, code });
  }, [expected, current]);
  const other = field === 'email' ? 'name' : 'email';
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { [field]: '', [other]: expected, current_password: '', code: '' } as Record<
      'email' | 'name' | 'current_password' | 'code',
      string
    >,
  });
  const { banner, guard } = useServerErrors(form, ['email', 'name', 'current_password', 'code']);
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit((values) =>
    guard(async () => {
      const { current_password, code } = values;
      await onDelete(values[field].trim(), { current_password, ...(hasSecondFactor && { code }) });
      onClose();
    }),
  );
  return (
    <FormDialog title={title} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={submit}>
        {banner && <ErrorNotice error={banner} />}
        <div className="grid gap-2 text-pretty text-ink-soft text-sm">{children}</div>
        <InputField
          label={label}
          autoComplete="off"
          error={errors[field]?.message}
          {...form.register(field)}
        />
        <CurrentPassword error={errors.current_password?.message} {...form.register('current_password')} />
        {hasSecondFactor && <CodeField orRecovery error={errors.code?.message} {...form.register('code')} />}
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="danger" busy={isSubmitting}>
            {title}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
