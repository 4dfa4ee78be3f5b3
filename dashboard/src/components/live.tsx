import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { connectLiveUpdates } from '@/api/live';
import { summaryQuery } from '@/api/monitors';
import { cx } from '@/lib/cx';
import { formatClock, formatDateTime } from '@/lib/format';
import type { StreamState } from '@/lib/stream';
import { asOfMessages } from '@/messages/as-of';
import { common } from '@/messages/common';
import { useAsOf } from './as-of/as-of';

const LiveContext = createContext<StreamState>('connecting');
/** When the stream had something last, while it is not live; 0 without such a time. */
const LastDataContext = createContext(0);

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');
  const [lastData, setLastData] = useState(0);
  const latest = useRef(0);
  useEffect(
    () =>
      connectLiveUpdates(
        client,
        (next) => {
          setState(next);
          setLastData(latest.current);
        },
        () => {
          latest.current = Date.now();
        },
      ),
    [client],
  );
  return (
    <LiveContext value={state}>
      <LastDataContext value={lastData}>{children}</LastDataContext>
    </LiveContext>
  );
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

/** Of when what is shown is, while nothing says that it is current. */
function LastUpdate() {
  const lastData = useContext(LastDataContext);
  // It is polled meanwhile, with all else that is on the page.
  const { dataUpdatedAt } = useQuery({ ...summaryQuery(null), enabled: false });
  const at = Math.max(lastData, dataUpdatedAt);
  if (at === 0) return null;
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={formatDateTime(at)}
      className="whitespace-nowrap text-degraded text-xs max-sm:sr-only"
    >
      {common.lastUpdate(formatClock(at))}
    </time>
  );
}

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
    <>
      {/* Apart from the state, which screen readers would read again with every answer. */}
      {state === 'reconnecting' && <LastUpdate />}
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
    </>
  );
}
