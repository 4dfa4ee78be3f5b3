import { useMutation, useQueryClient } from '@tanstack/react-query';
import { keys } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { nameOf, pause, resume } from '@/api/monitors';
import { monitorToasts } from '@/messages/monitor-toasts';
import { toastError, toastSuccess } from './toasts';

/** Pauses a monitor, or resumes it. */
export function usePause() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ monitor, next }: { monitor: Monitor; next: boolean }) =>
      (next ? pause : resume)(monitor.id),
    onSuccess(changed, { monitor, next }) {
      client.setQueryData(keys.monitor(monitor.id), changed);
      void client.invalidateQueries({ queryKey: keys.heartbeat(monitor.id) });
      void client.invalidateQueries({ queryKey: keys.versions('monitors', monitor.id) });
      void client.invalidateQueries({ queryKey: keys.monitorLists });
      void client.invalidateQueries({ queryKey: keys.summary });
      void client.invalidateQueries({ queryKey: keys.incidents });
      toastSuccess(monitorToasts[next ? 'paused' : 'resumed'](nameOf(monitor)));
    },
    onError: (error, { monitor, next }) =>
      toastError(monitorToasts.failed(next ? 'pause' : 'resume', nameOf(monitor)), error),
  });
}
