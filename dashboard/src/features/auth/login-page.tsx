import { zodResolver } from '@hookform/resolvers/zod';
import { Link } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { logIn } from '@/api/auth';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { useServerErrors } from '@/lib/form-errors';
import { z } from '@/lib/zod';
import { AuthPage } from './auth-page';

const schema = z.object({
  email: z.string().trim().min(1, 'must not be blank'),
  password: z.string().min(1, 'must not be blank'),
});

export function LoginPage() {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email: '', password: '' } });
  const { banner, guard } = useServerErrors(form, ['email', 'password']);
  const { errors, isSubmitting } = form.formState;

  return (
    <AuthPage
      title="Log in"
      lead="See at a glance what is up and what is not."
      footer={
        <>
          New here?{' '}
          <Link to="/register" search={true} className="font-medium text-ink underline underline-offset-4">
            Create an account
          </Link>
        </>
      }
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={form.handleSubmit((values) => guard(() => logIn(values)))}
      >
        {banner && <ErrorNotice error={banner} />}
        <InputField
          label="Email"
          type="email"
          autoComplete="username"
          error={errors.email?.message}
          {...form.register('email')}
        />
        <InputField
          label="Password"
          type="password"
          autoComplete="current-password"
          error={errors.password?.message}
          {...form.register('password')}
        />
        <Button type="submit" look="primary" className="min-h-10" busy={isSubmitting}>
          Log in
        </Button>
      </form>
    </AuthPage>
  );
}
