import { Link, useLocation } from '@tanstack/react-router';
import { MailCheck } from 'lucide-react';
import { useState } from 'react';
import { requestPasswordReset } from '@/api/account';
import { useSession } from '@/api/use-session';
import { PublicForm } from '@/components/public-form';
import { PublicPage } from '@/components/public-page';
import { emailField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { linkMessages } from './messages';

const schema = z.object({ email: emailField });

export function ForgotPasswordPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const own = useSession()?.user.email;
  const typed = useLocation({ select: ({ state }) => state.email });
  return (
    <PublicPage
      key={sentTo === null ? 'form' : 'sent'}
      title={sentTo === null ? linkMessages.forgotPassword : linkMessages.linkSent}
    >
      {sentTo === null ? (
        <>
          <p className="mt-1 mb-6 text-ink-soft text-sm">{linkMessages.forgotHint}</p>
          <PublicForm
            schema={schema}
            fields={[
              { name: 'email', label: accountMessages.email, type: 'email', autoComplete: 'username' },
            ]}
            initial={{ email: own ?? typed ?? '' }}
            action={linkMessages.sendLink}
            onSubmit={async ({ email }) => {
              await requestPasswordReset(email);
              setSentTo(email);
            }}
          />
        </>
      ) : (
        <p role="status" className="mt-3 flex gap-3 text-pretty text-sm">
          <MailCheck className="mt-0.5 size-4.5 shrink-0 text-ink-soft" aria-hidden />
          <span className="min-w-0 break-words">{linkMessages.linkSentHint(sentTo)}</span>
        </p>
      )}
      <p className="mt-6 text-sm">
        <Link
          to={own ? '/account' : '/login'}
          className="text-ink-soft underline underline-offset-4 hover:text-ink"
        >
          {own ? linkMessages.backToAccount : linkMessages.backToLogin}
        </Link>
      </p>
    </PublicPage>
  );
}
