import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { InvitedTo, Organisation, Session } from '@/api/models';
import { acceptInvitation, invitationQuery } from '@/api/organisations';
import { endSession, register, switchOrganisation } from '@/api/session';
import { useSession } from '@/api/use-session';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { ProviderButtons, ProviderNotice } from '@/components/provider-buttons';
import { PublicForm } from '@/components/public-form';
import { PublicPage } from '@/components/public-page';
import { Loading, QueryView } from '@/components/query';
import { nameField, newPasswordField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { useLinkToken } from '@/components/use-link-token';
import { formatDate } from '@/lib/format';
import { INVITATION_PAGE, linkTokens } from '@/lib/link-token';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { BrokenLink, isBroken } from './broken-link';
import { linkMessages } from './messages';

interface Props {
  token: string;
  invited: InvitedTo;
}

type Access = Pick<InvitedTo, 'role' | 'only_tags'>;

/** Goes on in the organisation, after which the link is good for nothing. */
function useWelcome() {
  const navigate = useNavigate();
  return async (organisation: string, { role, only_tags: onlyTags }: Access) => {
    toastSuccess(linkMessages.joined(organisation, role, onlyTags));
    await navigate({ to: '/' });
    linkTokens.forget(INVITATION_PAGE);
  };
}

function Accept({ token, invited }: Props) {
  const welcome = useWelcome();
  // Accepted once: what failed afterwards is tried again without the link, which is used up.
  const [joined, setJoined] = useState<Organisation | null>(null);
  const accept = useMutation({
    async mutationFn() {
      const org = joined ?? (await acceptInvitation(token));
      setJoined(org);
      await switchOrganisation(org.id);
      await welcome(org.name, org);
    },
  });
  if (!joined && isBroken(accept.error)) return <p className="text-sm">{linkMessages.brokenHint}</p>;
  return (
    <div className="grid justify-items-start gap-4">
      {joined && !accept.isPending && <p className="text-sm">{linkMessages.notSwitched(joined.name)}</p>}
      {accept.error != null && <ErrorNotice error={accept.error} />}
      <Button variant="primary" busy={accept.isPending} onClick={() => accept.mutate()}>
        {joined ? linkMessages.goTo(joined.name) : linkMessages.accept(invited)}
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
  const { error, provider } = useSearch({ from: '/invitation' });
  return (
    <>
      <ProviderNotice error={error} provider={provider} />
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
          await welcome(invited.organisation, invited);
        }}
      />
      <ProviderButtons invitation={token} />
      <p className="mt-6 text-ink-soft text-sm">
        {linkMessages.haveAccount}{' '}
        <Link
          to="/login"
          search={{ next: INVITATION_PAGE }}
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
  const token = useLinkToken(INVITATION_PAGE);
  if (!token) return <BrokenLink missing>{linkMessages.askAgain}</BrokenLink>;
  return <Invitation key={token} token={token} />;
}
