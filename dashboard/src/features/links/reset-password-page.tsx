import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { resetPassword } from '@/api/account';
import { forgetSession } from '@/api/session';
import { buttonClass } from '@/components/button';
import { PublicForm } from '@/components/public-form';
import { PublicPage } from '@/components/public-page';
import { newPasswordField } from '@/components/schemas';
import { useLinkToken } from '@/components/use-link-token';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { BrokenLink, isBroken } from './broken-link';
import { linkMessages } from './messages';

const schema = z.object({ password: newPasswordField });

const NEW_LINK = (
  <Link to="/forgot-password" className="font-medium text-ink underline underline-offset-4">
    {linkMessages.newLink}
  </Link>
);

function Reset({ token }: { token: string }) {
  const [state, setState] = useState<'form' | 'done' | 'broken'>('form');
  if (state === 'broken') return <BrokenLink>{NEW_LINK}</BrokenLink>;
  if (state === 'done') {
    return (
      <PublicPage key="done" title={linkMessages.passwordSet}>
        <p role="status" className="mt-2 mb-6 text-ink-soft text-sm">
          {linkMessages.passwordSetHint}
        </p>
        <Link to="/login" className={buttonClass('primary')}>
          {linkMessages.toLogIn}
        </Link>
      </PublicPage>
    );
  }
  return (
    <PublicPage title={linkMessages.resetPassword}>
      <p className="mt-1 mb-6 text-ink-soft text-sm">{linkMessages.resetHint}</p>
      <PublicForm
        schema={schema}
        fields={[
          {
            name: 'password',
            label: accountMessages.newPassword,
            type: 'password',
            autoComplete: 'new-password',
            hint: accountMessages.passwordHint,
          },
        ]}
        action={linkMessages.setPassword}
        onSubmit={async ({ password }) => {
          try {
            await resetPassword({ token, password });
          } catch (error) {
            if (!isBroken(error)) throw error;
            setState('broken');
            return;
          }
          // The server has ended it, whoever's it is that this browser had.
          setState('done');
          forgetSession();
        }}
      />
    </PublicPage>
  );
}

export function ResetPasswordPage() {
  const token = useLinkToken('/reset-password');
  if (!token) return <BrokenLink missing>{NEW_LINK}</BrokenLink>;
  return <Reset key={token} token={token} />;
}
