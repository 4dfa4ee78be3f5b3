import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pencil, Send, Trash2 } from 'lucide-react';
import type { ChannelStore } from '@/api/channels';
import type { Channel } from '@/api/models';
import { Button, IconButton } from '@/components/button';
import { Switch } from '@/components/switch';
import { TestResult } from '@/components/test-result';
import { toastError } from '@/components/toasts';
import { common } from '@/messages/common';
import { webhookMessages } from '@/messages/webhooks';
import { destination, readable } from './channel-schema';
import { channelMessages, describeAlerts, KIND_TEXTS } from './messages';
import { isUnconfirmed, NumberConfirmation } from './number-confirmation';
import { RecipientList } from './recipient-list';

const enabledText = (enabled: boolean) => (enabled ? common.enabled : common.disabled);

function EnabledSwitch({ channel, store }: { channel: Channel; store: ChannelStore }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (enabled: boolean) => store.enable(channel.id, enabled),
    onSuccess: () => client.invalidateQueries({ queryKey: store.key }),
    onError: (error) => toastError(channelMessages.updateFailed(channel.name), error),
  });
  const enabled = change.isPending ? change.variables : channel.enabled;
  return (
    <span className="inline-flex items-center gap-2.5 text-sm">
      <Switch
        label={channelMessages.enabledLabel(channel.name)}
        checked={enabled}
        disabled={change.isPending}
        onChange={change.mutate}
      />
      <span className="w-16 text-ink-soft" aria-hidden>
        {enabledText(enabled)}
      </span>
    </span>
  );
}

interface Props {
  channel: Channel;
  store: ChannelStore;
  canEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

export function ChannelRow({ channel, store, canEdit, onEdit, onDelete }: Props) {
  const test = useMutation({ mutationFn: () => store.test(channel.id) });
  const alerts = describeAlerts(channel.alerts);
  const known = readable(channel);
  const where = known ? destination(known) : '';
  return (
    <li className="grid grid-cols-1 gap-3 px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3">
        <div className="min-w-0 flex-1 basis-56">
          <p className="break-words font-semibold">{channel.name}</p>
          <p className="truncate text-ink-soft text-xs">
            {channel.kind ? KIND_TEXTS[channel.kind].label : channelMessages.unknownKind}
            {where && ` · ${where}`}
          </p>
          {channel.error && <p className="text-down text-xs first-letter:uppercase">{channel.error}</p>}
          {channel.warning && (
            <p className="text-degraded text-xs first-letter:uppercase">{channel.warning}</p>
          )}
          {alerts.length > 0 && <p className="text-ink-soft text-xs">{alerts.join(' · ')}</p>}
        </div>
        {canEdit ? (
          <>
            {known && <EnabledSwitch channel={known} store={store} />}
            <div className="flex items-center gap-1">
              {known && !isUnconfirmed(channel) && (
                <Button className="mr-1" busy={test.isPending} onClick={() => test.mutate()}>
                  {!test.isPending && <Send className="size-4" aria-hidden />}
                  {webhookMessages.sendTest}
                </Button>
              )}
              {channel.kind && (
                <IconButton label={common.edit(channel.name)} onClick={onEdit}>
                  <Pencil className="size-4" aria-hidden />
                </IconButton>
              )}
              <IconButton label={common.remove(channel.name)} onClick={onDelete}>
                <Trash2 className="size-4" aria-hidden />
              </IconButton>
            </div>
          </>
        ) : (
          <span className="text-ink-soft text-sm">{enabledText(channel.enabled)}</span>
        )}
      </div>
      <RecipientList channel={channel} store={store} canEdit={canEdit} />
      {canEdit && <NumberConfirmation channel={channel} store={store} />}
      <div role="status" className="empty:hidden">
        <TestResult result={test.data} error={test.error} />
      </div>
    </li>
  );
}
