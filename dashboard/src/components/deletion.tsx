import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ComponentProps, useState } from 'react';
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

/** Also that it was asked for is in the activity of the account. */
async function changed(client: QueryClient): Promise<void> {
  void client.invalidateQueries({ queryKey: keys.account });
  await client.invalidateQueries({ queryKey: keys.deletions });
}

interface PendingProps {
  deletion: PendingDeletion;
  text: string;
  /** More about it, or why it cannot be cancelled here. */
  note: string | null;
  /** Null where it cannot be cancelled here. */
  cancel: (() => Promise<unknown>) | null;
}

function Pending({ deletion, text, note, cancel }: PendingProps) {
  const client = useQueryClient();
  const cancelling = useMutation({
    mutationFn: async () => cancel?.(),
    onSuccess: () => toastSuccess(messages.cancelled),
    onError: (error) => toastError(messages.cancelFailed, error),
    onSettled: () => changed(client),
  });
  return (
    <div className="card flex flex-wrap items-center gap-x-4 gap-y-3 px-5 py-3.5 text-sm">
      <div className="min-w-0 flex-1 basis-60 text-pretty">
        <p>{text}</p>
        {deletion.erasing && <p className="text-ink-soft text-xs">{messages.erasing}</p>}
        {note && <p className="mt-1 text-ink-soft text-xs">{note}</p>}
      </div>
      {cancel && !deletion.erasing && (
        <Button busy={cancelling.isPending} onClick={() => cancelling.mutate()}>
          {messages.cancelDeletion}
        </Button>
      )}
    </div>
  );
}

interface Props extends Omit<PendingProps, 'deletion'>, Omit<ComponentProps<typeof DeleteDialog>, 'onClose'> {
  /** The one that was asked for. */
  deletion: PendingDeletion | null;
  /** What deleting means, or why it is not possible. */
  hint: string;
  disabled?: boolean;
}

/** A deletion that can be cancelled, or the button that asks for one. */
function Deletion({ deletion, text, note, cancel, hint, disabled = false, onDelete, ...dialog }: Props) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  if (deletion) return <Pending deletion={deletion} text={text} note={note} cancel={cancel} />;
  return (
    <>
      <p className="mb-3 text-pretty text-ink-soft text-sm">{hint}</p>
      <Button variant="danger" disabled={disabled} onClick={() => setOpen(true)}>
        {dialog.title}
      </Button>
      {open && (
        <DeleteDialog
          {...dialog}
          onDelete={async (typed, proof) => {
            await onDelete(typed, proof);
            await changed(client);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

export function AccountDeletion({ session: { user } }: { session: Session }) {
  const query = useQuery(accountDeletionQuery);
  return (
    <Section title={messages.delete}>
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ deletion, deleted_with_it: deletedWithIt, blocked_by: blockedBy }) => {
          const blocked = blockedBy.length > 0 ? messages.blockedBy(namesOf(blockedBy)) : null;
          return (
            <Deletion
              deletion={deletion}
              text={deletion ? deletionMessages.pendingAccount(deletion.due_at) : ''}
              note={blocked}
              cancel={cancelAccountDeletion}
              hint={blocked ?? messages.accountHint}
              disabled={blocked !== null}
              title={messages.deleteAccount}
              expected={user.email}
              field="email"
              onDelete={(email, proof) => deleteAccount({ email, ...proof })}
            >
              <p>{messages.accountHint}</p>
              {deletedWithIt.length > 0 && <p>{messages.deletedWithIt(namesOf(deletedWithIt))}</p>}
            </Deletion>
          );
        }}
      </QueryView>
    </Section>
  );
}

export function OrganisationDeletion({ org }: { org: Organisation }) {
  const query = useQuery(organisationDeletionQuery(org.id));
  return (
    <Section title={messages.delete}>
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ deletion, with_account: withAccount }) => (
          <Deletion
            deletion={deletion}
            text={deletion ? deletionMessages.pendingOrganisation(deletion.due_at) : ''}
            note={withAccount ? messages.withAccount : null}
            cancel={withAccount ? null : () => cancelOrganisationDeletion(org.id)}
            hint={messages.organisationHint}
            title={messages.deleteOrganisation}
            expected={org.name}
            field="name"
            onDelete={(name, proof) => deleteOrganisation(org.id, { name, ...proof })}
          >
            <p>{messages.organisationHint}</p>
          </Deletion>
        )}
      </QueryView>
    </Section>
  );
}
