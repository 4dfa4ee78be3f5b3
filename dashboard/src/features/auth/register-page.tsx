import { useSearch } from '@tanstack/react-router';
import { register } from '@/api/session';
import { ProviderButtons } from '@/components/provider-buttons';
import { PublicForm } from '@/components/public-form';
import { emailField, nameField, newPasswordField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { AuthPage } from './auth-page';
import { authMessages } from './messages';
import { useInvitation } from './use-invitation';

const schema = z.object({ name: nameField, email: emailField, password: newPasswordField });

export function RegisterPage() {
  const { next } = useSearch({ from: '/logged-out' });
  const invitation = useInvitation();
  return (
    <AuthPage
      title={authMessages.createAccount}
      subtitle="Set up your first monitor in a minute."
      question="Already have an account?"
      link={{ to: '/login', label: authMessages.logIn }}
    >
      <PublicForm
        schema={schema}
        fields={[
          { name: 'name', label: common.name, autoComplete: 'name' },
          { name: 'email', label: accountMessages.email, type: 'email', autoComplete: 'email' },
          {
            name: 'password',
            label: common.password,
            type: 'password',
            autoComplete: 'new-password',
            hint: accountMessages.passwordHint,
          },
        ]}
        action={authMessages.createAccount}
        onSubmit={register}
      />
      <ProviderButtons next={next} invitation={invitation} />
    </AuthPage>
  );
}
