import { Link, useSearch } from '@tanstack/react-router';
import { logIn } from '@/api/session';
import { PublicForm } from '@/components/public-form';
import { passwordField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { validation } from '@/messages/validation';
import { AuthPage } from './auth-page';
import { authMessages } from './messages';
import { ProviderButtons, ProviderNotice } from './provider-buttons';

const schema = z.object({ email: z.string().trim().min(1, validation.required), password: passwordField });

export function LoginPage() {
  const { link } = useSearch({ from: '/logged-out' });
  return (
    <AuthPage
      title={authMessages.logIn}
      subtitle="Uptime, incidents and alerts in one place."
      question="New here?"
      link={{ to: '/register', label: authMessages.createAccount }}
    >
      <ProviderNotice />
      <PublicForm
        schema={schema}
        fields={[
          { name: 'email', label: accountMessages.email, type: 'email', autoComplete: 'username' },
          {
            name: 'password',
            label: common.password,
            type: 'password',
            autoComplete: 'current-password',
          },
        ]}
        action={authMessages.logIn}
        onSubmit={(values) => logIn(link ? { ...values, link_identity: true } : values)}
      />
      <ProviderButtons />
      <p className="mt-4 text-sm">
        <Link to="/forgot-password" className="text-ink-soft underline underline-offset-4 hover:text-ink">
          Forgot your password?
        </Link>
      </p>
    </AuthPage>
  );
}
