import { logIn } from '@/api/auth';
import { z } from '@/lib/zod';
import { AuthForm } from './auth-form';
import { AuthPage } from './auth-page';

const schema = z.object({
  email: z.string().trim().min(1, 'must not be blank'),
  password: z.string().min(1, 'must not be blank'),
});

export function LoginPage() {
  return (
    <AuthPage
      title="Log in"
      lead="See at a glance what is up and what is not."
      question="New here?"
      other={{ to: '/register', label: 'Create an account' }}
    >
      <AuthForm
        schema={schema}
        fields={[
          { name: 'email', label: 'Email', type: 'email', autoComplete: 'username' },
          { name: 'password', label: 'Password', type: 'password', autoComplete: 'current-password' },
        ]}
        action="Log in"
        onSubmit={logIn}
      />
    </AuthPage>
  );
}
