import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { connectLiveUpdates } from '@/api/live';
import { cx } from '@/lib/cx';
import type { StreamState } from '@/lib/stream';
import { asOfMessages } from '@/messages/as-of';
import { useAsOf } from './as-of/as-of';

const LiveContext = createContext<StreamState>('connecting');

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');
  useEffect(() => connectLiveUpdates(client, setState), [client]);
  return <LiveContext value={state}>{children}</LiveContext>;
}

/** Poll rarely while live events cover most changes, often without them; what is past does not change. */
export function usePollInterval(): number | false {
  const isLive = useContext(LiveContext) === 'live';
  if (useAsOf() !== null) return false;
  return isLive ? 120_000 : 20_000;
}

const LABELS: Record<StreamState, string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
};

export function LiveIndicator() {
  const state = useContext(LiveContext);
  if (useAsOf() !== null) {
    return (
      <span title={asOfMessages.notLiveHint} className="px-1 text-ink-soft text-xs">
        {asOfMessages.notLive}
      </span>
    );
  }
  return (
    <span
      role="status"
      title={state === 'live' ? 'Updates in real time' : 'Updates may be delayed'}
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
