import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { changeEmail } from '@/api/account';
import { useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { CodeField } from '@/components/code-field';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { emailField, passwordField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { accountPageMessages } from './messages';

const schema = z.object({
  email: emailField,
  current_password: passwordField,
  code: z.string().trim(),
});

interface Props {
  /** Once the mail is on its way to this address. */
  onSent: (email: string) => void;
  onClose: () => void;
}

export function EmailDialog({ onSent, onClose }: Props) {
  const hasSecondFactor = useSession()?.user.second_factor === true;
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: '', current_password: '', code: '' },
  });
  const { banner, guard } = useServerErrors(form, ['email', 'current_password', 'code']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ code, ...values }) =>
    guard(async () => {
      await changeEmail(hasSecondFactor ? { ...values, code } : values);
      onSent(values.email);
      onClose();
    }),
  );
  return (
    <FormDialog title={accountPageMessages.changeEmail} dirty={isDirty} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={save}>
        {banner && <ErrorNotice error={banner} />}
        <InputField
          label={accountPageMessages.newAddress}
          type="email"
          autoComplete="email"
          hint="You log in with it once you have opened the link that is sent there."
          error={errors.email?.message}
          {...form.register('email')}
        />
        <InputField
          label={accountMessages.currentPassword}
          type="password"
          autoComplete="current-password"
          error={errors.current_password?.message}
          {...form.register('current_password')}
        />
        {hasSecondFactor && <CodeField orRecovery error={errors.code?.message} {...form.register('code')} />}
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            Send verification email
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
