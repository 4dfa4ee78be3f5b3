import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { acknowledge, unacknowledgedIncidents } from '@/api/incidents';
import { keys } from '@/api/keys';
import { useCan } from '@/api/use-session';
import { useAsOf } from '@/components/as-of/as-of';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { toastError, toastSuccess } from '@/components/toasts';
import { atMost } from '@/lib/at-most';
import { stripMessages as messages } from './messages';

const AT_ONCE = 6;

/** Acknowledges what nobody has, and counts what could not be. */
async function acknowledgeAll(): Promise<{ done: number; errors: unknown[] }> {
  const errors: unknown[] = [];
  const incidents = await unacknowledgedIncidents();
  await atMost(AT_ONCE, incidents, ({ id }) => acknowledge(id).catch((error) => errors.push(error)));
  return { done: incidents.length - errors.length, errors };
}

/** Renders nothing for whoever may not acknowledge, nor where incidents are shown as they were. */
export function AcknowledgeAll({ className }: { className?: string }) {
  const client = useQueryClient();
  const canRespond = useCan('respond');
  const isPast = useAsOf() !== null;
  const [isAsking, setAsking] = useState(false);
  const mutation = useMutation({
    mutationFn: acknowledgeAll,
    onSuccess({ done, errors }) {
      setAsking(false);
      if (done > 0) toastSuccess(messages.acknowledged(done));
      if (errors.length > 0) toastError(messages.failed(errors.length), errors[0]);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.incidents }),
  });
  if (!canRespond || isPast) return null;
  return (
    <>
      <Button {...(className && { className })} onClick={() => setAsking(true)}>
        {messages.acknowledgeAll}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={messages.confirm}
          action={messages.acknowledgeAll}
          variant="primary"
          busy={mutation.isPending}
          error={mutation.error}
          onConfirm={() => mutation.mutate()}
          onClose={() => {
            mutation.reset();
            setAsking(false);
          }}
        >
          {messages.confirmHint}
        </ConfirmDialog>
      )}
    </>
  );
}
