import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { InvitedTo, Session } from '@/api/models';
import { acceptInvitation, invitationQuery } from '@/api/organisations';
import { endSession, register, switchOrganisation } from '@/api/session';
import { useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { PublicForm } from '@/components/public-form';
import { PublicPage } from '@/components/public-page';
import { Loading, QueryView } from '@/components/query';
import { nameField, newPasswordField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { useLinkToken } from '@/components/use-link-token';
import { formatDate } from '@/lib/format';
import { linkTokens } from '@/lib/link-token';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { BrokenLink, isBroken } from './broken-link';
import { linkMessages } from './messages';

const PAGE = '/invitation';

interface Props {
  token: string;
  invited: InvitedTo;
}

/** Goes on in the organisation, after which the link is good for nothing. */
function useWelcome() {
  const navigate = useNavigate();
  return async (organisation: string, role: InvitedTo['role']) => {
    toastSuccess(linkMessages.joined(organisation, role));
    await navigate({ to: '/' });
    linkTokens.forget(PAGE);
  };
}

function Accept({ token, invited }: Props) {
  const welcome = useWelcome();
  const accept = useMutation({
    async mutationFn() {
      const org = await acceptInvitation(token);
      await switchOrganisation(org.id);
      await welcome(org.name, org.role);
    },
  });
  if (isBroken(accept.error)) return <p className="text-sm">{linkMessages.brokenHint}</p>;
  return (
    <div className="grid justify-items-start gap-4">
      {accept.error != null && <ErrorNotice error={accept.error} />}
      <Button variant="primary" busy={accept.isPending} onClick={() => accept.mutate()}>
        {linkMessages.accept(invited)}
      </Button>
    </div>
  );
}

function WrongAddress({ session, invited }: { session: Session; invited: InvitedTo }) {
  const end = useMutation({ mutationFn: endSession });
  return (
    <div className="grid justify-items-start gap-4">
      {end.error != null && <ErrorNotice error={end.error} />}
      <p className="break-words rounded-lg border border-line bg-surface px-4 py-3 text-sm">
        {linkMessages.wrongAddress(invited.email, session.user.email)}
      </p>
      <Button variant="primary" busy={end.isPending} onClick={() => end.mutate()}>
        {accountMessages.logOut}
      </Button>
    </div>
  );
}

const schema = z.object({ name: nameField, password: newPasswordField });

function NewAccount({ token, invited }: Props) {
  const welcome = useWelcome();
  return (
    <>
      <div className="mb-4">
        <InputField label={accountMessages.email} value={invited.email} readOnly disabled />
      </div>
      <PublicForm
        schema={schema}
        fields={[
          { name: 'name', label: common.name, autoComplete: 'name' },
          {
            name: 'password',
            label: common.password,
            type: 'password',
            autoComplete: 'new-password',
            hint: accountMessages.passwordHint,
          },
        ]}
        action={linkMessages.createAndJoin}
        onSubmit={async (values) => {
          await register({ ...values, email: invited.email, invitation: token });
          await welcome(invited.organisation, invited.role);
        }}
      />
      <p className="mt-6 text-ink-soft text-sm">
        {linkMessages.haveAccount}{' '}
        <Link
          to="/login"
          search={{ next: PAGE }}
          className="whitespace-nowrap font-medium text-ink underline underline-offset-4"
        >
          {linkMessages.logIn}
        </Link>
      </p>
    </>
  );
}

function Answer(props: Props) {
  const session = useSession();
  if (!session) return <NewAccount {...props} />;
  const isInvited = session.user.email.toLowerCase() === props.invited.email.toLowerCase();
  return isInvited ? <Accept {...props} /> : <WrongAddress session={session} invited={props.invited} />;
}

function Invitation({ token }: { token: string }) {
  const query = useQuery({ ...invitationQuery(token), staleTime: Number.POSITIVE_INFINITY });
  if (isBroken(query.error)) return <BrokenLink>{linkMessages.askAgain}</BrokenLink>;
  const title = query.data ? linkMessages.invitedTo(query.data) : linkMessages.invitation;
  return (
    <PublicPage key={title} title={title}>
      <div className="mt-2">
        <QueryView query={query} loading={<Loading rows={2} />}>
          {(invited) => (
            <>
              <p className="mb-6 text-pretty break-words text-ink-soft text-sm">
                {linkMessages.invited(invited)} {linkMessages.validUntil(formatDate(invited.expires_at))}
              </p>
              <Answer token={token} invited={invited} />
            </>
          )}
        </QueryView>
      </div>
    </PublicPage>
  );
}

export function InvitationPage() {
  const token = useLinkToken(PAGE);
  if (!token) return <BrokenLink missing>{linkMessages.askAgain}</BrokenLink>;
  return <Invitation key={token} token={token} />;
}
