import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ChannelStore } from '@/api/channels';
import type { Channel } from '@/api/models';
import { ConfirmDialog } from '@/components/dialog';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';

interface Props {
  channel: Channel;
  store: ChannelStore;
  onClose: () => void;
}

export function DeleteChannel({ channel, store, onClose }: Props) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => store.remove(channel.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: store.key });
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
