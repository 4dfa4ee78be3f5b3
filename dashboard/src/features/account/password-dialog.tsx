import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { changePassword } from '@/api/account';
import { keys } from '@/api/keys';
import { useSession } from '@/api/use-session';
import { Button, buttonClass } from '@/components/button';
import { CodeField } from '@/components/code-field';
import { useHasPassword } from '@/components/current-password';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { newPasswordField, passwordField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { secondFactorMessages } from '@/messages/second-factor';
import { accountPageMessages } from './messages';

const schema = z.object({
  current_password: passwordField,
  password: newPasswordField,
  code: z.string().trim(),
});

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const user = useSession()?.user;
  const hasSecondFactor = user?.second_factor === true;
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { current_password: '', password: '', code: '' },
  });
  const { banner, guard } = useServerErrors(form, ['current_password', 'password', 'code']);
  const hasPassword = useHasPassword();
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ code, ...values }) =>
    guard(async () => {
      await changePassword(hasSecondFactor ? { ...values, code } : values);
      void client.invalidateQueries({ queryKey: keys.sessions });
      toastSuccess(accountPageMessages.changed);
      onClose();
    }),
  );
  if (!hasPassword) {
    return (
      <FormDialog title={accountPageMessages.setPassword} onClose={onClose}>
        <p className="text-pretty text-sm">{accountPageMessages.noPassword}</p>
        <FormActions>
          <CancelButton />
          <Link to="/forgot-password" className={buttonClass('primary')}>
            {accountPageMessages.setPassword}
          </Link>
        </FormActions>
      </FormDialog>
    );
  }
  return (
    <FormDialog title={accountPageMessages.changePassword} dirty={isDirty} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={save}>
        {banner && <ErrorNotice error={banner} />}
        {/* For password managers: whose password it is. */}
        <input type="text" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
        <InputField
          label={accountMessages.currentPassword}
          type="password"
          autoComplete="current-password"
          error={errors.current_password?.message}
          {...form.register('current_password')}
        />
        {hasSecondFactor && <CodeField orRecovery error={errors.code?.message} {...form.register('code')} />}
        <InputField
          label={accountMessages.newPassword}
          type="password"
          autoComplete="new-password"
          hint={accountMessages.passwordHint}
          error={errors.password?.message}
          {...form.register('password')}
        />
        <p className="text-ink-soft text-sm">{secondFactorMessages.othersEnd}</p>
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {accountPageMessages.changePassword}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
