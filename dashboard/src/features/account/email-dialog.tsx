import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { changeEmail, reloadAccount } from '@/api/account';
import { useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { CodeField } from '@/components/code-field';
import { CurrentPassword, useCurrentPasswordField } from '@/components/current-password';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { emailField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { accountPageMessages } from './messages';

interface Props {
  /** Once the mail is on its way to this address. */
  onSent: (email: string) => void;
  onClose: () => void;
}

export function EmailDialog({ onSent, onClose }: Props) {
  const hasSecondFactor = useSession()?.user.second_factor === true;
  const current = useCurrentPasswordField();
  const form = useForm({
    resolver: zodResolver(z.object({ email: emailField, current_password: current, code: z.string().trim() })),
    defaultValues: { email: '', current_password: '', code: '' },
  });
  const { banner, guard } = useServerErrors(form, ['email', 'current_password', 'code']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ code, ...values }) =>
    guard(async () => {
      await changeEmail(hasSecondFactor ? { ...values, code } : values);
      // Where no mail server is set it has changed at once.
      const { user } = await reloadAccount();
      if (user.email === values.email.trim().toLowerCase()) toastSuccess(accountPageMessages.emailChanged);
      else onSent(values.email);
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
          hint="You log in with it once you have opened the link that is sent there; at once where no mail server is set."
          error={errors.email?.message}
          {...form.register('email')}
        />
        <CurrentPassword
          error={errors.current_password?.message}
          {...form.register('current_password')}
        />
        {hasSecondFactor && <CodeField orRecovery error={errors.code?.message} {...form.register('code')} />}
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {common.save}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
