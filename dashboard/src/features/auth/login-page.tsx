import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { logIn } from '@/api/session';
import { useSessionState } from '@/api/use-session';
import { ProviderButtons, ProviderNotice } from '@/components/provider-buttons';
import { PublicForm } from '@/components/public-form';
import { passwordField } from '@/components/schemas';
import { LOGIN_PAGE, linkTokens } from '@/lib/link-token';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { validation } from '@/messages/validation';
import { AuthPage } from './auth-page';
import { authMessages } from './messages';
import { SecondStep } from './second-step';
import { useInvitation } from './use-invitation';

const schema = z.object({ email: z.string().trim().min(1, validation.required), password: passwordField });

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The address that was tried to log in, for a new password. */
    email?: string;
  }
}

/** Why somebody is here who was logged in just now. */
function SessionEnded() {
  const state = useSessionState();
  if (state.status !== 'anonymous' || !state.hasEnded) return null;
  return (
    <p role="status" className="mb-5 text-pretty rounded-lg border border-line bg-sunken px-4 py-3 text-sm">
      {authMessages.sessionEnded}
    </p>
  );
}

export function LoginPage() {
  // Whoever has logged in with a provider comes back with one.
  const [challenge, setChallenge] = useState(() => linkTokens.get(LOGIN_PAGE));
  /** The address that was tried. */
  const [email, setEmail] = useState('');
  const { next, error, provider, link } = useSearch({ from: '/logged-out' });
  const invitation = useInvitation();
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
      <SessionEnded />
      <ProviderNotice error={error} provider={provider} link={link} />
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
        onSubmit={async (values) => {
          setEmail(values.email);
          setChallenge(await logIn({ ...values, ...more }));
        }}
      />
      <p className="mt-4 text-sm">
        <Link
          to="/forgot-password"
          state={{ email }}
          className="text-ink-soft underline underline-offset-4 hover:text-ink"
        >
          Forgot your password?
        </Link>
      </p>
      <ProviderButtons next={next} invitation={invitation} />
    </AuthPage>
  );
}
