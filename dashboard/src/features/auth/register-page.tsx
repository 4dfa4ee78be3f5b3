import { zodResolver } from '@hookform/resolvers/zod';
import { Link } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { register } from '@/api/auth';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { useServerErrors } from '@/lib/form-errors';
import { z } from '@/lib/zod';
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
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: '', email: '', password: '' },
  });
  const { banner, guard } = useServerErrors(form, ['name', 'email', 'password']);
  const { errors, isSubmitting } = form.formState;

  return (
    <AuthPage
      title="Create an account"
      lead="Your first monitor is a minute away."
      footer={
        <>
          You have an account?{' '}
          <Link to="/login" search={true} className="font-medium text-ink underline underline-offset-4">
            Log in
          </Link>
        </>
      }
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={form.handleSubmit((values) => guard(() => register(values)))}
      >
        {banner && <ErrorNotice error={banner} />}
        <InputField
          label="Name"
          autoComplete="name"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <InputField
          label="Email"
          type="email"
          autoComplete="email"
          error={errors.email?.message}
          {...form.register('email')}
        />
        <InputField
          label="Password"
          type="password"
          autoComplete="new-password"
          hint="At least 10 characters, and not easily guessed."
          error={errors.password?.message}
          {...form.register('password')}
        />
        <Button type="submit" look="primary" className="min-h-10" busy={isSubmitting}>
          Create account
        </Button>
      </form>
    </AuthPage>
  );
}
