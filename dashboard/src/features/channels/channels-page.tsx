import { useQuery } from '@tanstack/react-query';
import { BellRing, Plus } from 'lucide-react';
import { useState } from 'react';
import { channelsQuery, organisationChannels } from '@/api/channels';
import type { Channel } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { useWish } from '@/lib/wishes';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { ChannelForm } from './channel-form';
import { ChannelRow } from './channel-row';
import { DeleteChannel } from './delete-channel';
import { channelMessages } from './messages';

export function ChannelsPage() {
  const query = useQuery(channelsQuery);
  const canEdit = useCan('manageChannels');
  const whyNot = useWhyNot('manageChannels');
  const [editing, setEditing] = useState<Channel | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);
  useWish('channel', setEditing);

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
                    store={organisationChannels}
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
        <ChannelForm
          channel={editing === 'new' ? null : editing}
          store={organisationChannels}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && (
        <DeleteChannel channel={deleting} store={organisationChannels} onClose={() => setDeleting(null)} />
      )}
    </>
  );
}
