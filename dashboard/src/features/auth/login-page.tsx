import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { logIn } from '@/api/session';
import { PublicForm } from '@/components/public-form';
import { passwordField } from '@/components/schemas';
import { useLinkToken } from '@/components/use-link-token';
import { INVITATION_PAGE, LOGIN_PAGE, linkTokens } from '@/lib/link-token';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { validation } from '@/messages/validation';
import { AuthPage } from './auth-page';
import { authMessages } from './messages';
import { ProviderButtons, ProviderNotice } from './provider-buttons';
import { SecondStep } from './second-step';

const schema = z.object({ email: z.string().trim().min(1, validation.required), password: passwordField });

export function LoginPage() {
  // Whoever has logged in with a provider comes back with one.
  const [challenge, setChallenge] = useState(() => linkTokens.get(LOGIN_PAGE));
  const { next, link } = useSearch({ from: '/logged-out' });
  const token = useLinkToken(INVITATION_PAGE);
  const invitation = next === INVITATION_PAGE ? token : null;
  const more = { ...(invitation && { invitation }), ...(link && { link_identity: true }) };
  if (challenge !== null) {
    const onRestart = () => {
      linkTokens.forget(LOGIN_PAGE);
      setChallenge(null);
    };
    return <SecondStep login={{ ...more, challenge }} onRestart={onRestart} />;
  }
  return (
    <AuthPage
      title={authMessages.logIn}
      subtitle={invitation ? authMessages.toJoin : 'Uptime, incidents and alerts in one place.'}
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
        // Whoever is in no organisation can only log in with the invitation.
        onSubmit={async (values) => setChallenge(await logIn({ ...values, ...more }))}
      />
      <p className="mt-4 text-sm">
        <Link to="/forgot-password" className="text-ink-soft underline underline-offset-4 hover:text-ink">
          Forgot your password?
        </Link>
      </p>
      <ProviderButtons />
    </AuthPage>
  );
}
