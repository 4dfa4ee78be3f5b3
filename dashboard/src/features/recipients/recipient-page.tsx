import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { Invitation } from '@/api/models';
import { confirmRecipient, declineRecipient, recipientQuery } from '@/api/recipients';
import { Button } from '@/components/button';
import { ErrorNotice } from '@/components/notice';
import { PublicPage } from '@/components/public-page';
import { Loading, QueryView } from '@/components/query';
import { ANSWERS, recipientMessages } from './messages';

/** Opening the page answers nothing: mail scanners open every link. */
function Answer({ token, invitation }: { token: string; invitation: Invitation }) {
  const client = useQueryClient();
  const wantsNone = useSearch({ from: '/recipients/$token' }).decline === true;
  const answer = useMutation({
    mutationFn: (accept: boolean) => (accept ? confirmRecipient(token) : declineRecipient(token)),
    onSuccess: (answered) => client.setQueryData(recipientQuery(token).queryKey, answered),
  });
  const { state } = invitation;
  const isBusy = (accept: boolean) => answer.isPending && answer.variables === accept;
  const submit = (accept: boolean) => !answer.isPending && answer.mutate(accept);
  return (
    <>
      <p role="status" className="mt-2 mb-6 break-words text-sm">
        {ANSWERS[state](invitation)}
      </p>
      {answer.error != null && (
        <div className="mb-4">
          <ErrorNotice error={answer.error} />
        </div>
      )}
      <div className="flex flex-wrap gap-3">
        {state !== 'confirmed' && (
          <Button
            variant={state === 'waiting' && !wantsNone ? 'primary' : 'secondary'}
            busy={isBusy(true)}
            onClick={() => submit(true)}
          >
            {state === 'waiting' ? recipientMessages.confirm : recipientMessages.changeToConfirm}
          </Button>
        )}
        {state !== 'declined' && (
          <Button
            variant={wantsNone ? 'primary' : 'secondary'}
            busy={isBusy(false)}
            onClick={() => submit(false)}
          >
            {state === 'waiting' ? recipientMessages.decline : recipientMessages.changeToDecline}
          </Button>
        )}
      </div>
    </>
  );
}

export function RecipientPage() {
  const { token } = useParams({ from: '/recipients/$token' });
  const query = useQuery(recipientQuery(token));
  return (
    <PublicPage title={recipientMessages.title}>
      <div className="mt-4">
        <QueryView query={query} loading={<Loading rows={1} />}>
          {(invitation) => <Answer token={token} invitation={invitation} />}
        </QueryView>
      </div>
    </PublicPage>
  );
}
