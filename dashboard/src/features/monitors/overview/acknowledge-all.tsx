import { useMutation, useQueryClient } from '@tanstack/react-query';
import { acknowledge, unacknowledgedIncidents } from '@/api/incidents';
import { keys } from '@/api/keys';
import { withPatience } from '@/api/patience';
import { ApiError } from '@/api/problem';
import { ConfirmDialog } from '@/components/dialog';
import { toastError, toastSuccess } from '@/components/toasts';
import { atMost } from '@/lib/at-most';
import { stripMessages as messages } from './messages';

const AT_ONCE = 6;

/** Whether an incident is over, or gone with its monitor: nobody has to acknowledge it any more. */
const isOver = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 409 || error.status === 404);

/** Acknowledges what nobody has, and counts what could not be. */
async function acknowledgeAll(): Promise<{ done: number; errors: unknown[] }> {
  const errors: unknown[] = [];
  let done = 0;
  const incidents = await withPatience(unacknowledgedIncidents);
  await atMost(AT_ONCE, incidents, async ({ id }) => {
    try {
      await withPatience(() => acknowledge(id));
      done++;
    } catch (error) {
      if (!isOver(error)) errors.push(error);
    }
  });
  return { done, errors };
}

interface Props {
  show: boolean;
  onClose: () => void;
}

/** Asks first. It stays where it is while incidents come and go, and is open until all of them are done. */
export function AcknowledgeAllDialog({ show, onClose }: Props) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: acknowledgeAll,
    onSuccess({ done, errors }) {
      onClose();
      if (done > 0) toastSuccess(messages.acknowledged(done));
      if (errors.length > 0) toastError(messages.failed(errors.length), errors[0]);
      if (done + errors.length === 0) toastSuccess(messages.noneLeft);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.incidents }),
  });
  if (!show) return null;
  return (
    <ConfirmDialog
      title={messages.confirm}
      action={messages.acknowledgeAll}
      variant="primary"
      busy={mutation.isPending}
      locked={mutation.isPending}
      error={mutation.error}
      onConfirm={() => mutation.mutate()}
      onClose={() => {
        mutation.reset();
        onClose();
      }}
    >
      {messages.confirmHint}
    </ConfirmDialog>
  );
}
