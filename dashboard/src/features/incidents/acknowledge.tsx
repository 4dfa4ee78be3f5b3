import { useMutation, useQueryClient } from '@tanstack/react-query';
import { acknowledge } from '@/api/incidents';
import { keys } from '@/api/keys';
import type { Incident } from '@/api/types';
import { Button } from '@/components/button';
import { toastError } from '@/components/toasts';
import { useCanEdit } from '../auth/use-session';

/** For an incident that is open and that nobody has taken on; else nothing. */
export function AcknowledgeButton({
  incident,
  className,
}: {
  incident: Incident;
  className?: string | undefined;
}) {
  const client = useQueryClient();
  const canEdit = useCanEdit();
  const take = useMutation({
    mutationFn: () => acknowledge(incident.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.incidents }),
    onError: (error) => toastError('The incident could not be acknowledged', error),
  });
  if (!canEdit || incident.resolved_at !== null || incident.acknowledged) return null;
  return (
    <Button {...(className && { className })} busy={take.isPending} onClick={() => take.mutate()}>
      Acknowledge
    </Button>
  );
}
