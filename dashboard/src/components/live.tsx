import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { connectLiveUpdates } from '@/api/live';
import { cx } from '@/lib/cx';
import type { StreamState } from '@/lib/stream';

const LiveContext = createContext<StreamState>('connecting');

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');
  useEffect(() => connectLiveUpdates(client, setState), [client]);
  return <LiveContext value={state}>{children}</LiveContext>;
}

/** How often to ask while events tell of most changes, and how often when there are no events. */
export function usePollInterval(): number {
  return useContext(LiveContext) === 'live' ? 120_000 : 20_000;
}

const LABELS: Record<StreamState, string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
};

export function LiveIndicator() {
  const state = useContext(LiveContext);
  return (
    <span
      role="status"
      title={state === 'live' ? 'Changes show at once' : 'Changes show with a delay'}
      className="inline-flex items-center gap-2 px-1 text-ink-soft text-xs"
    >
      <span
        aria-hidden
        className={cx(
          'size-2 rounded-full',
          state === 'live' ? 'bg-up-fill' : 'animate-pulse border-2 border-degraded',
        )}
      />
      {LABELS[state]}
    </span>
  );
}
