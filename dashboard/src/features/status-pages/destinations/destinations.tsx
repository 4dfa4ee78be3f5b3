import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { deleteDestination, destinationsQuery } from '@/api/destinations';
import { keys } from '@/api/keys';
import type { Destination, StatusPage } from '@/api/models';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { DeliveriesDialog } from './deliveries-dialog';
import { DestinationDialog } from './destination-dialog';
import { DestinationRow } from './destination-row';
import { destinationMessages as messages } from './messages';

/** While an update is on its way. */
const POLL_MS = 5_000;

interface DeleteProps {
  page: StatusPage;
  destination: Destination;
  onClose: () => void;
}

function DeleteDestination({ page, destination: { id, name }, onClose }: DeleteProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteDestination(page.id, id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.destinations(page.id) });
      toastSuccess(common.removed(name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(name)}
      action={messages.deleteAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

type Dialog = { edits: Destination | null } | { deletes: Destination } | { shows: Destination };

/** Where updates of reports are posted to besides emails. */
export function Destinations({ page }: { page: StatusPage }) {
  const query = useQuery({
    ...destinationsQuery(page.id),
    refetchInterval: ({ state }) =>
      state.data?.items.some((each) => each.last_delivery?.status === 'waiting') && POLL_MS,
  });
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const add = (
    <Button onClick={() => setDialog({ edits: null })}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
  return (
    <Section title={messages.title} className="mb-8" aside={query.data && query.data.items.length > 0 && add}>
      <QueryView query={query} loading={<Loading rows={1} className="h-24" />}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4">
              <p className="min-w-0 flex-1 basis-64 text-pretty text-ink-soft text-sm">{messages.none}</p>
              {add}
            </div>
          ) : (
            <ul aria-label={messages.title} className="card divide-y divide-line overflow-hidden">
              {items.map((destination) => (
                <DestinationRow
                  key={destination.id}
                  page={page}
                  destination={destination}
                  onShow={() => setDialog({ shows: destination })}
                  onEdit={() => setDialog({ edits: destination })}
                  onDelete={() => setDialog({ deletes: destination })}
                />
              ))}
            </ul>
          )
        }
      </QueryView>
      {dialog && 'edits' in dialog && (
        <DestinationDialog page={page} destination={dialog.edits} onClose={close} />
      )}
      {dialog && 'shows' in dialog && (
        <DeliveriesDialog page={page} destination={dialog.shows} onClose={close} />
      )}
      {dialog && 'deletes' in dialog && (
        <DeleteDestination page={page} destination={dialog.deletes} onClose={close} />
      )}
    </Section>
  );
}
