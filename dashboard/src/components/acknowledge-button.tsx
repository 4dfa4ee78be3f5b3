import { useMutation, useQueryClient } from '@tanstack/react-query';
import { acknowledge } from '@/api/incidents';
import { keys } from '@/api/keys';
import type { Incident } from '@/api/models';
import { useCan } from '@/api/use-session';
import { incidentMessages } from '@/messages/incidents';
import { useAsOf } from './as-of/as-of';
import { Button } from './button';
import { toastError } from './toasts';

/** Renders nothing once the incident is acknowledged or over, nor where it is shown as it was. */
export function AcknowledgeButton({
  incident,
  className,
}: {
  incident: Incident;
  className?: string | undefined;
}) {
  const client = useQueryClient();
  const canRespond = useCan('respond');
  const isPast = useAsOf() !== null;
  const mutation = useMutation({
    mutationFn: () => acknowledge(incident.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.incidents }),
    onError: (error) => toastError(incidentMessages.acknowledgeFailed, error),
  });
  if (!canRespond || isPast || incident.resolved_at !== null || incident.acknowledged) return null;
  return (
    <Button {...(className && { className })} busy={mutation.isPending} onClick={() => mutation.mutate()}>
      {incident.acknowledgement_expired_at ? incidentMessages.acknowledgeAgain : incidentMessages.acknowledge}
    </Button>
  );
}
