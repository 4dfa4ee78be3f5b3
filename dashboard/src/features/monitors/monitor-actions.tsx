import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Pause, Pencil, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import { deleteMonitor, setPaused } from '@/api/monitors';
import type { Monitor } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { toastError, toastSuccess } from '@/components/toasts';
import { CheckNow } from './check-now';
import { MuteButton } from './mute-button';

function PauseButton({ monitor }: { monitor: Monitor }) {
  const client = useQueryClient();
  const { paused } = monitor;
  const toggle = useMutation({
    mutationFn: (next: boolean) => setPaused(monitor.id, next),
    onSuccess(changed, next) {
      client.setQueryData(keys.monitor(monitor.id), changed);
      void client.invalidateQueries({ queryKey: keys.monitorLists });
      void client.invalidateQueries({ queryKey: keys.summary });
      void client.invalidateQueries({ queryKey: keys.incidents });
      toastSuccess(next ? `${monitor.name} is PAUSED` : `${monitor.name} is checked again`);
    },
    onError: (error, next) =>
      toastError(`${monitor.name} could not be ${next ? 'paused' : 'resumed'}`, error),
  });
  const Icon = paused ? Play : Pause;
  return (
    <Button busy={toggle.isPending} onClick={() => toggle.mutate(!paused)}>
      <Icon className="size-4" aria-hidden />
      {paused ? 'Resume' : 'Pause'}
    </Button>
  );
}

function DeleteButton({ monitor }: { monitor: Monitor }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteMonitor(monitor.id),
    async onSuccess() {
      await navigate({ to: '/' });
      client.removeQueries({ queryKey: keys.monitor(monitor.id) });
      void client.invalidateQueries();
      toastSuccess(`${monitor.name} was deleted`);
    },
  });
  return (
    <>
      <Button className="text-down" onClick={() => setAsking(true)}>
        <Trash2 className="size-4" aria-hidden />
        Delete
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Delete ${monitor.name}?`}
          action="Delete monitor"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(false)}
        >
          Checking stops, and its results can no longer be seen. This cannot be undone. To stop checking for a
          while, pause it instead.
        </ConfirmDialog>
      )}
    </>
  );
}

export function MonitorActions({ monitor }: { monitor: Monitor }) {
  return (
    <div className="flex flex-wrap gap-2">
      {!monitor.definition_error && (
        <>
          <CheckNow monitor={monitor} />
          <PauseButton monitor={monitor} />
        </>
      )}
      <MuteButton monitor={monitor} />
      <Link
        to="/monitors/$monitorId/edit"
        params={{ monitorId: monitor.id }}
        className={buttonClass('secondary')}
      >
        <Pencil className="size-4" aria-hidden />
        Edit
      </Link>
      <DeleteButton monitor={monitor} />
    </div>
  );
}
