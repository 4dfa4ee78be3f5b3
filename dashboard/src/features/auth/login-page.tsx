import { logIn } from '@/api/session';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { AuthForm } from './auth-form';
import { AuthPage } from './auth-page';
import { authMessages } from './messages';

const schema = z.object({
  email: z.string().trim().min(1, validation.required),
  password: z.string().min(1, validation.required),
});

export function LoginPage() {
  return (
    <AuthPage
      title={authMessages.logIn}
      subtitle="Uptime, incidents and alerts in one place."
      question="New here?"
      link={{ to: '/register', label: authMessages.createAccount }}
    >
      <AuthForm
        schema={schema}
        fields={[
          { name: 'email', label: authMessages.email, type: 'email', autoComplete: 'username' },
          {
            name: 'password',
            label: authMessages.password,
            type: 'password',
            autoComplete: 'current-password',
          },
        ]}
        action={authMessages.logIn}
        onSubmit={logIn}
      />
    </AuthPage>
  );
}
