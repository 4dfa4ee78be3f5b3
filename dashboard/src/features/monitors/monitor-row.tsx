import { Link } from '@tanstack/react-router';
import { BellOff } from 'lucide-react';
import { memo } from 'react';
import { isKnown } from '@/api/as-of';
import { heartbeatState, isHeartbeat } from '@/api/heartbeats';
import { isReadable, type Monitor } from '@/api/models';
import { nameOf, stateOf } from '@/api/monitors';
import { isUnseen } from '@/api/regions';
import { useAsOfSearch } from '@/components/as-of/as-of';
import { NotKnownBadge } from '@/components/as-of/notes';
import { Sparkline } from '@/components/sparkline';
import { StateBadge } from '@/components/state';
import { type TagColours, TagList } from '@/components/tags';
import { cx } from '@/lib/cx';
import { formatLatency, formatRatio } from '@/lib/format';
import { useNow } from '@/lib/now';
import { asOfMessages } from '@/messages/as-of';
import { describeError } from '@/messages/check-errors';
import { anomalyOf, SlowerBadge } from './baseline/slower';
import { dueRoughly, heartbeatMessages } from './heartbeats/messages';
import { HeartbeatBadge, StartedBadge } from './heartbeats/state';
import { shortTarget } from './kinds/target';
import { monitorMessages } from './messages';
import { RegionMark, UnseenBadge } from './regions/region-state';
import { ratioColour } from './uptime-windows';

function Metric({
  label,
  value,
  className,
}: {
  label: string;
  value: string;
  className?: string | undefined;
}) {
  return (
    <div className="w-23 text-right">
      <div className={`font-medium text-sm ${className ?? ''}`}>{value}</div>
      <div className="text-ink-soft text-xs">{label}</div>
    </div>
  );
}

/** When the next ping of a heartbeat is due, kept current. */
function DueMetric({ monitor }: { monitor: Monitor }) {
  const now = useNow();
  const state = heartbeatState(monitor, now);
  return (
    <Metric
      label={heartbeatMessages.due}
      value={dueRoughly(monitor, state, now)}
      className={state === 'late' ? 'text-degraded' : undefined}
    />
  );
}

/** What is wrong, or else what is checked. */
function subtitleOf(monitor: Monitor, isDown: boolean): string {
  if (!isKnown(monitor, 'definition')) return asOfMessages.definitionNotKnown;
  if (!isReadable(monitor)) return monitorMessages.unreadable;
  return isDown ? describeError(monitor.status) : shortTarget(monitor);
}

interface Props {
  monitor: Monitor;
  colours: TagColours;
  /** Null while monitors are not being selected. */
  selected: boolean | null;
  onSelect: (ids: readonly number[], selected: boolean) => void;
}

interface RowsProps extends Omit<Props, 'monitor' | 'selected'> {
  monitors: readonly Monitor[];
  /** Null while monitors are not being selected. */
  selected: ReadonlySet<number> | null;
}

/** The rows of a list. */
export function MonitorRows({ monitors, selected, ...rest }: RowsProps) {
  return monitors.map((monitor) => (
    <MonitorRow
      key={monitor.id}
      monitor={monitor}
      selected={selected === null ? null : selected.has(monitor.id)}
      {...rest}
    />
  ));
}

/** Memoized: a status event replaces only its own monitor, so only that row re-renders. */
const MonitorRow = memo(function MonitorRow({ monitor, colours, selected, onSelect }: Props) {
  const search = useAsOfSearch();
  const state = stateOf(monitor);
  const { status, uptime_24h: uptime } = monitor;
  const unseen = isUnseen(monitor);
  const isDown = state === 'down' && !unseen;
  const heartbeat = isHeartbeat(monitor);
  const hasState = isKnown(monitor, 'status');
  const unreadable = !isReadable(monitor) && isKnown(monitor, 'definition');
  const hasResponse = (state === 'up' || state === 'degraded') && !unseen;
  return (
    <li className="relative flex flex-wrap items-center gap-x-5 gap-y-2.5 px-4 py-3.5 transition-colors hover:bg-sunken/60">
      {isDown && <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-down-fill" />}
      {selected !== null && (
        // Larger than it looks, for fingers; above the link that covers the row.
        <label className="relative z-10 -m-2.5 flex p-2.5">
          <input
            type="checkbox"
            aria-label={monitorMessages.select(nameOf(monitor))}
            className="size-5 accent-ink"
            checked={selected}
            onChange={({ target }) => onSelect([monitor.id], target.checked)}
          />
        </label>
      )}
      <div className="order-1 flex shrink-0 sm:order-none sm:w-27">
        {!hasState ? (
          <NotKnownBadge />
        ) : heartbeat ? (
          <HeartbeatBadge monitor={monitor} />
        ) : unseen ? (
          <UnseenBadge />
        ) : state === 'up' && anomalyOf(monitor) ? (
          <SlowerBadge />
        ) : (
          <StateBadge state={state} />
        )}
      </div>
      <div className="min-w-0 flex-1 basis-40">
        <Link
          to="/monitors/$monitorId"
          params={{ monitorId: monitor.id }}
          search={search}
          className="block truncate font-semibold outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:outline-[var(--focus)] focus-visible:after:-outline-offset-2"
        >
          {nameOf(monitor)}
          {monitor.muted && isKnown(monitor, 'muted') && (
            <BellOff
              className="ml-1.5 inline size-3.5 text-ink-soft"
              aria-label={monitorMessages.muted}
              role="img"
            />
          )}
        </Link>
        <p
          className={cx(
            'text-xs',
            isDown || unreadable ? 'line-clamp-2 break-words text-down' : 'truncate text-ink-soft',
          )}
        >
          {subtitleOf(monitor, isDown)}
        </p>
        {heartbeat && hasState && <StartedBadge monitor={monitor} />}
        <RegionMark monitor={monitor} />
        <TagList names={isKnown(monitor, 'tags') ? monitor.tags : []} colours={colours} className="mt-1.5" />
      </div>
      <div className="order-2 flex w-full items-center justify-between gap-5 sm:order-none sm:w-auto">
        <Sparkline points={monitor.sparkline} muted={state === 'paused'} />
        <div className="flex gap-3">
          {heartbeat && hasState ? (
            <DueMetric monitor={monitor} />
          ) : (
            <Metric
              label={monitorMessages.responseTime}
              value={hasResponse && status.latency_ms !== null ? formatLatency(status.latency_ms) : '–'}
            />
          )}
          <Metric
            label={monitorMessages.uptime24h}
            value={uptime === null ? '–' : formatRatio(uptime)}
            className={ratioColour(uptime)}
          />
        </div>
      </div>
    </li>
  );
});
