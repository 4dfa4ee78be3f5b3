import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { reloadAccount, verifyEmail } from '@/api/account';
import { useSession } from '@/api/use-session';
import { Button, buttonClass } from '@/components/button';
import { ErrorNotice } from '@/components/notice';
import { PublicPage } from '@/components/public-page';
import { useLinkToken } from '@/components/use-link-token';
import { common } from '@/messages/common';
import { BrokenLink, isBroken } from './broken-link';
import { linkMessages } from './messages';

/** Opening the page verifies nothing: mail scanners open every link. */
function Verify({ token }: { token: string }) {
  const isLoggedIn = useSession() !== null;
  const verify = useMutation({
    async mutationFn() {
      await verifyEmail(token);
      if (isLoggedIn) await reloadAccount().catch(() => {});
    },
  });
  if (isBroken(verify.error)) return <BrokenLink>{linkMessages.verifyAgain}</BrokenLink>;
  if (verify.isSuccess) {
    return (
      <PublicPage title={linkMessages.verified}>
        <p role="status" className="mt-2 mb-6 text-ink-soft text-sm">
          {linkMessages.verifiedHint}
        </p>
        <Link to="/" className={buttonClass('primary')}>
          {isLoggedIn ? common.toMonitors : linkMessages.toLogIn}
        </Link>
      </PublicPage>
    );
  }
  return (
    <PublicPage title={linkMessages.verifyEmail}>
      <p className="mt-2 mb-6 text-pretty text-ink-soft text-sm">{linkMessages.verifyHint}</p>
      {verify.error != null && (
        <div className="mb-4">
          <ErrorNotice error={verify.error} />
        </div>
      )}
      <Button variant="primary" busy={verify.isPending} onClick={() => verify.mutate()}>
        {linkMessages.verifyEmail}
      </Button>
    </PublicPage>
  );
}

export function VerifyEmailPage() {
  const token = useLinkToken('/verify-email');
  if (!token) return <BrokenLink missing>{linkMessages.verifyAgain}</BrokenLink>;
  return <Verify key={token} token={token} />;
}
