import { register } from '@/api/auth';
import { z } from '@/lib/zod';
import { AuthForm } from './auth-form';
import { AuthPage } from './auth-page';

const schema = z.object({
  name: z.string().trim().min(1, 'must not be blank').max(120, 'must have at most 120 characters'),
  email: z.string().trim().min(1, 'must not be blank').pipe(z.email('must be an email address')),
  password: z
    .string()
    .min(10, 'must have at least 10 characters')
    .max(128, 'must have at most 128 characters'),
});

export function RegisterPage() {
  return (
    <AuthPage
      title="Create an account"
      lead="Your first monitor is a minute away."
      question="You have an account?"
      other={{ to: '/login', label: 'Log in' }}
    >
      <AuthForm
        schema={schema}
        fields={[
          { name: 'name', label: 'Name', autoComplete: 'name' },
          { name: 'email', label: 'Email', type: 'email', autoComplete: 'email' },
          {
            name: 'password',
            label: 'Password',
            type: 'password',
            autoComplete: 'new-password',
            hint: 'At least 10 characters, and not easily guessed.',
          },
        ]}
        action="Create account"
        onSubmit={register}
      />
    </AuthPage>
  );
}
