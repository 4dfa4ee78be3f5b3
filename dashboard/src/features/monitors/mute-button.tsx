import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Bell, BellOff, ChevronDown } from 'lucide-react';
import { keys } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { mute, nameOf, unmute } from '@/api/monitors';
import { Button } from '@/components/button';
import { Menu } from '@/components/menu';
import { toastError, toastSuccess } from '@/components/toasts';
import { monitorToasts } from '@/messages/monitor-toasts';

const HOUR_MS = 3_600_000;
const DURATIONS = [
  { label: 'For 1 hour', hours: 1 },
  { label: 'For 8 hours', hours: 8 },
  { label: 'For 1 day', hours: 24 },
  { label: 'For 1 week', hours: 168 },
  { label: 'Until unmuted', hours: null },
];

export function MuteButton({ monitor }: { monitor: Monitor }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (change: () => Promise<Monitor>) => change(),
    onSuccess(changed) {
      client.setQueryData(keys.monitor(monitor.id), changed);
      void client.invalidateQueries({ queryKey: keys.monitorLists });
      toastSuccess(monitorToasts[changed.muted ? 'muted' : 'unmuted'](nameOf(monitor)));
    },
    onError: (error) =>
      toastError(monitorToasts.failed(monitor.muted ? 'unmute' : 'mute', nameOf(monitor)), error),
  });
  if (monitor.muted) {
    return (
      <Button busy={change.isPending} onClick={() => change.mutate(() => unmute(monitor.id))}>
        <Bell className="size-4" aria-hidden />
        Unmute
      </Button>
    );
  }
  const muteFor = (hours: number | null) => () =>
    mute(monitor.id, hours === null ? null : new Date(Date.now() + hours * HOUR_MS).toISOString());
  return (
    <Menu
      trigger={
        <Button busy={change.isPending}>
          <BellOff className="size-4" aria-hidden />
          Mute
          <ChevronDown className="-mr-1 size-3.5" aria-hidden />
        </Button>
      }
      items={DURATIONS.map(({ label, hours }) => ({ label, onSelect: () => change.mutate(muteFor(hours)) }))}
    />
  );
}
