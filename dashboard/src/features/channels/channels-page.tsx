import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BellRing, Plus } from 'lucide-react';
import { useState } from 'react';
import { channelsQuery, deleteChannel } from '@/api/channels';
import { keys } from '@/api/keys';
import type { Channel } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { ChannelForm } from './channel-form';
import { ChannelRow } from './channel-row';
import { channelMessages } from './messages';

function DeleteChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteChannel(channel.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.channels });
      toastSuccess(common.removed(channel.name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(channel.name)}
      action="Delete channel"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      It will no longer receive notifications. To stop them temporarily, disable the channel instead.
    </ConfirmDialog>
  );
}

export function ChannelsPage() {
  const query = useQuery(channelsQuery);
  const canEdit = useCan('manageChannels');
  const whyNot = useWhyNot('manageChannels');
  const [editing, setEditing] = useState<Channel | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);

  const addButton = canEdit && (
    <Button variant="primary" onClick={() => setEditing('new')}>
      <Plus className="size-4" aria-hidden />
      {channelMessages.addChannel}
    </Button>
  );

  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting}>{query.data?.items.length !== 0 && addButton}</PageHeader>
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={BellRing} title={common.noChannels} action={addButton}>
              {whyNot ??
                'Add a chat, a phone, email or a webhook to get notified when a monitor goes down and when it is back up.'}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 text-ink-soft text-sm">
                Enabled channels are notified when any monitor goes down and when it is back up.
              </p>
              <ul aria-label={common.channels} className="card divide-y divide-line">
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
              <PermissionNote permission="manageChannels" />
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
