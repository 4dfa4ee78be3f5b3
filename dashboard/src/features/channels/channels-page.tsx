import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BellRing, Plus } from 'lucide-react';
import { useState } from 'react';
import { channelsQuery, deleteChannel } from '@/api/channels';
import { keys } from '@/api/keys';
import type { Channel } from '@/api/types';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { toastSuccess } from '@/components/toasts';
import { useCanEdit } from '../auth/use-session';
import { ChannelForm } from './channel-form';
import { ChannelRow } from './channel-row';
import { NotificationTabs } from './tabs';

function DeleteChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteChannel(channel.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.channels });
      toastSuccess(`${channel.name} was deleted`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${channel.name}?`}
      action="Delete channel"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      It hears of no incident any more. To silence it for a while, disable it instead.
    </ConfirmDialog>
  );
}

export function ChannelsPage() {
  const query = useQuery(channelsQuery);
  const canEdit = useCanEdit();
  const [editing, setEditing] = useState<Channel | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);

  const add = (label: string) =>
    canEdit && (
      <Button variant="primary" onClick={() => setEditing('new')}>
        <Plus className="size-4" aria-hidden />
        {label}
      </Button>
    );

  return (
    <>
      <PageHeader title="Notifications">{query.data?.items.length !== 0 && add('Add channel')}</PageHeader>
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={BellRing} title="Nobody is told yet" action={add('Add the first channel')}>
              Add Slack, e-mail or a webhook, and it hears when a monitor goes DOWN and when it is UP again.
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 text-ink-soft text-sm">
                Every enabled channel hears when any monitor goes DOWN, and when it is UP again.
              </p>
              <ul aria-label="Channels" className="card divide-y divide-line">
                {items.map((channel) => (
                  <ChannelRow
                    key={channel.id}
                    channel={channel}
                    canEdit={canEdit}
                    onEdit={() => setEditing(channel)}
                    onDelete={() => setDeleting(channel)}
                  />
                ))}
              </ul>
            </>
          )
        }
      </QueryView>
      {editing && (
        <ChannelForm channel={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {deleting && <DeleteChannel channel={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
