import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { keys } from '@/api/keys';
import type { Organisation, PendingDeletion, Session } from '@/api/models';
import {
  accountDeletionQuery,
  cancelAccountDeletion,
  cancelOrganisationDeletion,
  deleteAccount,
  deleteOrganisation,
  organisationDeletionQuery,
} from '@/api/privacy';
import { deletionMessages } from '@/messages/deletions';
import { privacyMessages as messages } from '@/messages/privacy';
import { Button } from './button';
import { DeleteDialog } from './delete-dialog';
import { Section } from './page';
import { Loading, QueryView } from './query';
import { toastError, toastSuccess } from './toasts';

const namesOf = (organisations: { name: string }[]) =>
  organisations.map(({ name }) => `“${name}”`).join(', ');

interface PendingProps {
  deletion: PendingDeletion;
  text: string;
  cancel: () => Promise<unknown>;
  mayCancel: boolean;
  children?: ReactNode;
}

function Pending({ deletion, text, cancel, mayCancel, children }: PendingProps) {
  const client = useQueryClient();
  const cancelling = useMutation({
    mutationFn: cancel,
    onSuccess: () => toastSuccess(messages.cancelled),
    onError: (error) => toastError(messages.cancelFailed, error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.deletions }),
  });
  return (
    <div className="card flex flex-wrap items-center gap-x-4 gap-y-3 px-5 py-3.5 text-sm">
      <div className="min-w-0 flex-1 text-pretty">
        <p>{text}</p>
        {deletion.erasing && <p className="text-ink-soft text-xs">{messages.erasing}</p>}
        {children}
      </div>
      {mayCancel && !deletion.erasing && (
        <Button busy={cancelling.isPending} onClick={() => cancelling.mutate()}>
          {messages.cancelDeletion}
        </Button>
      )}
    </div>
  );
}

export function AccountDeletion({ session: { user } }: { session: Session }) {
  const client = useQueryClient();
  const query = useQuery(accountDeletionQuery);
  const [open, setOpen] = useState(false);
  return (
    <Section title={messages.delete}>
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ deletion, deleted_with_it: deletedWithIt, blocked_by: blockedBy }) =>
          deletion ? (
            <Pending
              deletion={deletion}
              text={deletionMessages.pendingAccount(deletion.due_at)}
              cancel={cancelAccountDeletion}
              mayCancel
            >
              {blockedBy.length > 0 && <p className="mt-1">{messages.blockedBy(namesOf(blockedBy))}</p>}
            </Pending>
          ) : (
            <>
              <p className="mb-3 text-pretty text-ink-soft text-sm">
                {blockedBy.length > 0 ? messages.blockedBy(namesOf(blockedBy)) : messages.accountHint}
              </p>
              <Button variant="danger" disabled={blockedBy.length > 0} onClick={() => setOpen(true)}>
                {messages.deleteAccount}
              </Button>
              {open && (
                <DeleteDialog
                  title={messages.deleteAccount}
                  label={messages.typeEmail(user.email)}
                  expected={user.email}
                  field="email"
                  onDelete={async (email, proof) => {
                    await deleteAccount({ email, ...proof });
                    await client.invalidateQueries({ queryKey: keys.deletions });
                  }}
                  onClose={() => setOpen(false)}
                >
                  <p>{messages.accountHint}</p>
                  {deletedWithIt.length > 0 && <p>{messages.deletedWithIt(namesOf(deletedWithIt))}</p>}
                </DeleteDialog>
              )}
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

export function OrganisationDeletion({ org }: { org: Organisation }) {
  const client = useQueryClient();
  const query = useQuery(organisationDeletionQuery(org.id));
  const [open, setOpen] = useState(false);
  return (
    <Section title={messages.delete}>
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ deletion, with_account: withAccount }) =>
          deletion ? (
            <Pending
              deletion={deletion}
              text={deletionMessages.pendingOrganisation(deletion.due_at)}
              cancel={() => cancelOrganisationDeletion(org.id)}
              mayCancel={!withAccount}
            >
              {withAccount && <p className="mt-1 text-ink-soft text-xs">{messages.withAccount}</p>}
            </Pending>
          ) : (
            <>
              <p className="mb-3 text-pretty text-ink-soft text-sm">{messages.organisationHint}</p>
              <Button variant="danger" onClick={() => setOpen(true)}>
                {messages.deleteOrganisation}
              </Button>
              {open && (
                <DeleteDialog
                  title={messages.deleteOrganisation}
                  label={messages.typeName(org.name)}
                  expected={org.name}
                  field="name"
                  onDelete={async (name, proof) => {
                    await deleteOrganisation(org.id, { name, ...proof });
                    await client.invalidateQueries({ queryKey: keys.deletions });
                  }}
                  onClose={() => setOpen(false)}
                >
                  <p>{messages.organisationHint}</p>
                </DeleteDialog>
              )}
            </>
          )
        }
      </QueryView>
    </Section>
  );
}
