import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Copy, Pause, Pencil, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { isHeartbeat } from '@/api/heartbeats';
import { keys } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { cloneMonitor, deleteMonitor, nameOf } from '@/api/monitors';
import { Button, buttonClass } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { DrillLink } from '@/components/drill-link';
import { SilenceLink } from '@/components/silence-link';
import { toastError, toastSuccess } from '@/components/toasts';
import { usePause } from '@/components/use-pause';
import { common } from '@/messages/common';
import { monitorToasts } from '@/messages/monitor-toasts';
import { CheckNow } from './check-now';
import { deletionHint, monitorMessages } from './messages';
import { MuteButton } from './mute-button';

function PauseButton({ monitor }: { monitor: Monitor }) {
  const { paused } = monitor;
  const toggle = usePause();
  const Icon = paused ? Play : Pause;
  return (
    <Button busy={toggle.isPending} onClick={() => toggle.mutate({ monitor, next: !paused })}>
      <Icon className="size-4" aria-hidden />
      {paused ? 'Resume' : 'Pause'}
    </Button>
  );
}

/** Opens the copy for editing: it is paused until somebody has made it another. */
function CloneButton({ monitor }: { monitor: Monitor }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const clone = useMutation({
    mutationFn: () => cloneMonitor(monitor.id),
    async onSuccess(copy) {
      client.setQueryData(keys.monitor(copy.id), copy);
      void client.invalidateQueries({ queryKey: keys.monitorLists });
      void client.invalidateQueries({ queryKey: keys.summary });
      toastSuccess(monitorToasts.cloned(nameOf(monitor)));
      await navigate({ to: '/monitors/$monitorId/edit', params: { monitorId: copy.id } });
    },
    onError: (error) => toastError(monitorToasts.failed('clone', nameOf(monitor)), error),
  });
  return (
    <Button busy={clone.isPending} onClick={() => clone.mutate()}>
      <Copy className="size-4" aria-hidden />
      {monitorMessages.clone}
    </Button>
  );
}

function DeleteButton({ monitor }: { monitor: Monitor }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [confirming, setConfirming] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteMonitor(monitor.id),
    async onSuccess() {
      await navigate({ to: '/' });
      client.removeQueries({ queryKey: keys.monitor(monitor.id) });
      void client.invalidateQueries();
      toastSuccess(common.removed(nameOf(monitor)));
    },
  });
  return (
    <>
      <Button className="text-down" onClick={() => setConfirming(true)}>
        <Trash2 className="size-4" aria-hidden />
        Delete
      </Button>
      {confirming && (
        <ConfirmDialog
          title={common.confirmRemove(nameOf(monitor))}
          action="Delete monitor"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setConfirming(false)}
        >
          {deletionHint(isHeartbeat(monitor))}
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
          {!isHeartbeat(monitor) && <CheckNow monitor={monitor} />}
          <PauseButton monitor={monitor} />
        </>
      )}
      <MuteButton monitor={monitor} />
      <SilenceLink monitorId={monitor.id} />
      <DrillLink monitorId={monitor.id} />
      <Link
        to="/monitors/$monitorId/edit"
        params={{ monitorId: monitor.id }}
        className={buttonClass('secondary')}
      >
        <Pencil className="size-4" aria-hidden />
        Edit
      </Link>
      {!monitor.definition_error && <CloneButton monitor={monitor} />}
      <DeleteButton monitor={monitor} />
    </div>
  );
}
