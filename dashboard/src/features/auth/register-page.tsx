import { register } from '@/api/session';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { validation } from '@/messages/validation';
import { AuthForm } from './auth-form';
import { AuthPage } from './auth-page';
import { authMessages } from './messages';

const schema = z.object({
  name: z.string().trim().min(1, validation.required).max(120, validation.maxCharacters(120)),
  email: z.string().trim().min(1, validation.required).pipe(z.email(validation.email)),
  password: z.string().min(10, validation.minCharacters(10)).max(128, validation.maxCharacters(128)),
});

export function RegisterPage() {
  return (
    <AuthPage
      title={authMessages.createAccount}
      subtitle="Set up your first monitor in a minute."
      question="Already have an account?"
      link={{ to: '/login', label: authMessages.logIn }}
    >
      <AuthForm
        schema={schema}
        fields={[
          { name: 'name', label: common.name, autoComplete: 'name' },
          { name: 'email', label: authMessages.email, type: 'email', autoComplete: 'email' },
          {
            name: 'password',
            label: authMessages.password,
            type: 'password',
            autoComplete: 'new-password',
            hint: 'At least 10 characters, no common passwords.',
          },
        ]}
        action={authMessages.createAccount}
        onSubmit={register}
      />
    </AuthPage>
  );
}
