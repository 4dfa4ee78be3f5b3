import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { can, type Permission } from '@/api/access';
import { keys } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { nameOf } from '@/api/monitors';
import { organisationsQuery } from '@/api/organisations';
import { useIsNarrowed, useRole, useSession } from '@/api/use-session';
import { themeStore } from '@/lib/theme';
import { makeWish } from '@/lib/wishes';
import { commandMessages as messages } from '@/messages/command';
import { useSwitch } from '../account-menu';
import { useAsOf } from '../as-of/as-of';
import { usePause } from '../use-pause';
import type { Entry } from './entries';

/** Whether whoever is logged in has a permission. */
export function useMay(): (permission: Permission) => boolean {
  const role = useRole();
  const isNarrowed = useIsNarrowed();
  return (permission) => can(role, permission, isNarrowed);
}

/** The monitor whose page is open, if it is there already. */
function useOpenMonitor(): Monitor | undefined {
  const client = useQueryClient();
  const id = /^\/monitors\/(\d+)/.exec(useRouter().latestLocation.pathname)?.[1];
  return id === undefined ? undefined : client.getQueryData<Monitor>(keys.monitor(Number(id)));
}

/** What can be done from anywhere. */
export function useActions(onShortcuts: () => void): Entry[] {
  const router = useRouter();
  const may = useMay();
  /** Goes to the page, where a form with changes asks before they are lost; only then it begins a new thing. */
  const begin = async (to: '/maintenance' | '/notifications', wish: 'window' | 'channel') => {
    await router.navigate({ to });
    if (router.latestLocation.pathname === to) makeWish(wish);
  };
  const actions: (Entry & { needs?: Permission })[] = [
    {
      id: 'action:monitor',
      title: messages.newMonitor,
      needs: 'manageMonitors',
      run: () => void router.navigate({ to: '/monitors/new' }),
    },
    {
      id: 'action:window',
      title: messages.newWindow,
      needs: 'manageMonitors',
      run: () => void begin('/maintenance', 'window'),
    },
    {
      id: 'action:channel',
      title: messages.newChannel,
      needs: 'manageChannels',
      run: () => void begin('/notifications', 'channel'),
    },
    {
      id: 'action:theme',
      title: themeStore.get() === 'dark' ? messages.light : messages.dark,
      run: themeStore.toggle,
    },
    { id: 'action:shortcuts', title: messages.shortcuts, run: onShortcuts },
  ];
  return actions.filter(({ needs }) => !needs || may(needs));
}

/**
 * What can be done with the monitor whose page is open; nothing while that shows an earlier time. By its name alone nothing of
 * it is found: whoever looks for the monitor does not want to pause it.
 */
export function useMonitorActions(): Entry[] {
  const may = useMay();
  const monitor = useOpenMonitor();
  const isPast = useAsOf() !== null;
  const pause = usePause();
  if (!monitor || monitor.definition_error || isPast || !may('manageMonitors')) return [];
  const { paused } = monitor;
  return [
    {
      id: paused ? 'action:resume' : 'action:pause',
      title: (paused ? messages.resume : messages.pause)(nameOf(monitor)),
      verb: paused ? messages.resumeVerb : messages.pauseVerb,
      isDeliberate: true,
      run: () => pause.mutate({ monitor, next: !paused }),
    },
  ];
}

/** The other organisations, to which one can switch. */
export function useOrganisations(): Entry[] {
  const current = useSession()?.org.id;
  const switchTo = useSwitch();
  const { data } = useQuery(organisationsQuery);
  const others = data?.items.filter(({ id }) => id !== current) ?? [];
  return others.map((org) => ({
    id: `organisation:${org.id}`,
    title: org.name,
    run: () => void switchTo(org),
  }));
}
