import { useMutation, useQueryClient } from '@tanstack/react-query';
import { acknowledge } from '@/api/incidents';
import { keys } from '@/api/keys';
import type { Incident } from '@/api/models';
import { useCan } from '@/api/use-session';
import { incidentMessages } from '@/messages/incidents';
import { Button } from './button';
import { toastError } from './toasts';

/** Renders nothing once the incident is acknowledged or over. */
export function AcknowledgeButton({
  incident,
  className,
}: {
  incident: Incident;
  className?: string | undefined;
}) {
  const client = useQueryClient();
  const canEdit = useCan('respond');
  const mutation = useMutation({
    mutationFn: () => acknowledge(incident.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.incidents }),
    onError: (error) => toastError(incidentMessages.acknowledgeFailed, error),
  });
  if (!canEdit || incident.resolved_at !== null || incident.acknowledged) return null;
  return (
    <Button {...(className && { className })} busy={mutation.isPending} onClick={() => mutation.mutate()}>
      {incident.acknowledgement_expired_at ? incidentMessages.acknowledgeAgain : incidentMessages.acknowledge}
    </Button>
  );
}
