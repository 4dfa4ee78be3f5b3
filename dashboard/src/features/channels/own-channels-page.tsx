import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BellOff, Mail, Plus } from 'lucide-react';
import { useState } from 'react';
import type { Channel, ChannelKind } from '@/api/models';
import { ownChannels, ownChannelsQuery } from '@/api/own-channels';
import { channelKindValues } from '@/api/schema';
import { useSession } from '@/api/use-session';
import { AccountTabs } from '@/components/account-tabs';
import { Button } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { toastError, toastSuccess } from '@/components/toasts';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { ChannelForm } from './channel-form';
import { ChannelRow } from './channel-row';
import { DeleteChannel } from './delete-channel';
import { channelMessages, ownChannelMessages as messages } from './messages';
import { isUnconfirmed } from './number-confirmation';
import { OwnQuietHours } from './own-quiet-hours';

/** They have on-call schedules of their own, or buttons that act for a whole organisation. */
const OF_ORGANISATIONS: readonly ChannelKind[] = ['pagerduty', 'jsm', 'slack_bot'];
const KINDS = channelKindValues.filter((kind) => !OF_ORGANISATIONS.includes(kind));
const MAX_CHANNELS = 10;

const isOwnEmail = ({ kind, config }: Channel, email: string): boolean =>
  kind === 'email' && (config?.to ?? []).some((to) => to.toLowerCase() === email.toLowerCase());

/** The address of the account, with one click. */
function EmailButton({ email, primary }: { email: string; primary: boolean }) {
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      ownChannels.create({
        kind: 'email',
        name: messages.emailName,
        config: { to: [email] },
        enabled: true,
      }),
    async onSuccess({ name }) {
      await client.invalidateQueries({ queryKey: ownChannels.key });
      toastSuccess(common.saved(name));
    },
    onError: (error) => toastError(messages.emailFailed, error),
  });
  return (
    <Button
      variant={primary ? 'primary' : 'secondary'}
      busy={create.isPending}
      onClick={() => create.mutate()}
    >
      {!create.isPending && <Mail className="size-4" aria-hidden />}
      {messages.useEmail}
    </Button>
  );
}

interface ListProps {
  channels: Channel[];
  onEdit: (channel: Channel) => void;
  onDelete: (channel: Channel) => void;
}

function List({ channels, onEdit, onDelete }: ListProps) {
  const enabled = channels.filter((channel) => channel.enabled);
  const isReached = enabled.some((channel) => !isUnconfirmed(channel));
  return (
    <>
      <p className="mb-4 text-pretty text-ink-soft text-sm">{messages.about}</p>
      {!isReached && (
        <p
          role="status"
          className="mb-4 flex gap-2.5 rounded-lg border border-degraded/40 bg-degraded/8 px-4 py-3 text-sm"
        >
          <BellOff className="mt-0.5 size-4 shrink-0 text-degraded" aria-hidden />
          {enabled.length > 0 ? messages.allUnconfirmed : messages.allDisabled}
        </p>
      )}
      <OwnQuietHours />
      <ul aria-label={messages.list} className="card divide-y divide-line">
        {channels.map((channel) => (
          <ChannelRow
            key={channel.id}
            channel={channel}
            store={ownChannels}
            canEdit
            onEdit={() => onEdit(channel)}
            onDelete={() => onDelete(channel)}
          />
        ))}
      </ul>
      {channels.length >= MAX_CHANNELS && (
        <p className="mt-4 text-ink-soft text-xs">{messages.limit(MAX_CHANNELS)}</p>
      )}
    </>
  );
}

/** How a person is reached whom an escalation policy, a schedule or a team names. */
export function OwnChannelsPage() {
  const query = useQuery(ownChannelsQuery);
  const email = useSession()?.user.email ?? '';
  const [editing, setEditing] = useState<Channel | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);
  const items = query.data?.items ?? [];
  const hasEmail = items.some((channel) => isOwnEmail(channel, email));

  const actions = items.length < MAX_CHANNELS && (
    <div className="flex flex-wrap gap-2">
      {!hasEmail && <EmailButton email={email} primary={items.length === 0} />}
      <Button variant={items.length === 0 ? 'secondary' : 'primary'} onClick={() => setEditing('new')}>
        <Plus className="size-4" aria-hidden />
        {channelMessages.addChannel}
      </Button>
    </div>
  );

  return (
    <>
      <PageHeader title={accountMessages.reached}>{items.length > 0 && actions}</PageHeader>
      <AccountTabs />
      <QueryView query={query} loading={<Loading rows={2} />}>
        {() =>
          items.length === 0 ? (
            <>
              <OwnQuietHours />
              <EmptyState
                icon={BellOff}
                title={messages.none}
                action={<div className="flex justify-center">{actions}</div>}
              >
                {messages.noneHint}
              </EmptyState>
            </>
          ) : (
            <List channels={items} onEdit={setEditing} onDelete={setDeleting} />
          )
        }
      </QueryView>
      {editing && (
        <ChannelForm
          channel={editing === 'new' ? null : editing}
          store={ownChannels}
          kinds={KINDS}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && <DeleteChannel channel={deleting} store={ownChannels} onClose={() => setDeleting(null)} />}
    </>
  );
}
