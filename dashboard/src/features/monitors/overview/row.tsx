import { Link } from '@tanstack/react-router';
import { BellOff, Wrench } from 'lucide-react';
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
import { formatCount, formatDateTime, formatLatency, formatRatio } from '@/lib/format';
import { useNow } from '@/lib/now';
import { asOfMessages } from '@/messages/as-of';
import { describeError } from '@/messages/check-errors';
import { anomalyOf, SlowerBadge } from '../baseline/slower';
import { dueRoughly } from '../heartbeats/messages';
import { HeartbeatBadge, StartedBadge } from '../heartbeats/state';
import { shortTarget } from '../kinds/target';
import { KIND_MESSAGES, monitorMessages } from '../messages';
import { RegionMark, UnseenBadge } from '../regions/region-state';
import { ratioColour } from '../uptime-windows';
import { CELL, SHOWN_FROM } from './columns';
import { tableMessages as messages } from './messages';
import { certificateOf, responseOf } from './order';

const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 14;

/** When the next ping of a heartbeat is due, kept current. */
function Due({ monitor }: { monitor: Monitor }) {
  const now = useNow();
  const state = heartbeatState(monitor, now);
  return (
    <span className={cx('whitespace-nowrap text-xs', state === 'late' && 'text-degraded')}>
      {dueRoughly(monitor, state, now)}
    </span>
  );
}

/** How many days the certificate is still good for, kept current. */
function CertificateDays({ at }: { at: number }) {
  const days = Math.floor((at - useNow()) / DAY_MS);
  return (
    <span
      title={messages.expires(formatDateTime(at))}
      className={days < 0 ? 'text-down' : days < EXPIRES_SOON_DAYS ? 'text-degraded' : undefined}
    >
      {days < 0 ? messages.expired : messages.days(formatCount(days))}
    </span>
  );
}

function State({ monitor }: { monitor: Monitor }) {
  if (!isKnown(monitor, 'status')) return <NotKnownBadge />;
  if (isHeartbeat(monitor)) return <HeartbeatBadge monitor={monitor} />;
  if (isUnseen(monitor)) return <UnseenBadge />;
  const state = stateOf(monitor);
  return state === 'up' && anomalyOf(monitor) ? <SlowerBadge /> : <StateBadge state={state} />;
}

/** What is wrong, or else what is checked. */
function subtitleOf(monitor: Monitor, isDown: boolean): string {
  if (!isKnown(monitor, 'definition')) return asOfMessages.definitionNotKnown;
  if (!isReadable(monitor)) return monitorMessages.unreadable;
  return isDown ? describeError(monitor.status) : shortTarget(monitor);
}

interface Props {
  monitor: Monitor;
  /** Of the monitor in the group that it is shown in. */
  rowKey: string;
  /** In the table, with its heading as the first. */
  index: number;
  colours: TagColours;
  isCompact: boolean;
  isInMaintenance: boolean;
  /** Null while monitors are not being selected. */
  selected: boolean | null;
  onSelect: (ids: readonly number[], selected: boolean) => void;
}

/** Memoized: a status event replaces only its own monitor, so only that row re-renders. */
export const MonitorRow = memo(function MonitorRow({
  monitor,
  rowKey,
  index,
  colours,
  isCompact,
  isInMaintenance,
  selected,
  onSelect,
}: Props) {
  const search = useAsOfSearch();
  const state = stateOf(monitor);
  const isDown = state === 'down' && !isUnseen(monitor);
  const isDue = isHeartbeat(monitor) && isKnown(monitor, 'status');
  const isWrong = isDown || (!isReadable(monitor) && isKnown(monitor, 'definition'));
  const { uptime_24h: uptime } = monitor;
  const response = responseOf(monitor);
  const certificate = certificateOf(monitor);
  const subtitle = subtitleOf(monitor, isDown);
  const cell = cx(CELL, isCompact ? 'h-8' : 'h-11');
  return (
    <tr data-row={rowKey} aria-rowindex={index} className="relative hover:bg-sunken/60">
      {selected !== null && (
        <td className={cx(cell, 'w-10')}>
          {/* Larger than it looks, for fingers; above the link that covers the row. */}
          <label className="relative z-1 -m-2 flex w-fit p-2">
            <input
              type="checkbox"
              aria-label={monitorMessages.select(nameOf(monitor))}
              className="size-4.5 accent-ink"
              checked={selected}
              onChange={({ target }) => onSelect([monitor.id], target.checked)}
            />
          </label>
        </td>
      )}
      <td className={cx(cell, 'max-sm:pr-0')}>
        {isDown && <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-down-fill" />}
        <div className="flex items-center gap-1.5">
          <State monitor={monitor} />
          {isInMaintenance && (
            <Wrench
              className="size-3.5 shrink-0 text-pending"
              role="img"
              aria-label={messages.inMaintenance}
            />
          )}
        </div>
      </td>
      <td className={cell}>
        <div className={cx('min-w-0', isCompact && 'flex items-baseline gap-x-3')}>
          <div
            className={cx('flex min-w-0 items-center gap-x-2 [&>p]:mt-0', isCompact && 'max-w-2/3 shrink-0')}
          >
            <Link
              to="/monitors/$monitorId"
              params={{ monitorId: monitor.id }}
              search={search}
              data-focus
              title={nameOf(monitor)}
              className="min-w-0 scroll-mt-24 truncate font-semibold outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:outline-[var(--focus)] focus-visible:after:-outline-offset-2"
            >
              {nameOf(monitor)}
            </Link>
            {monitor.muted && isKnown(monitor, 'muted') && (
              <BellOff
                className="size-3.5 shrink-0 text-ink-soft"
                aria-label={monitorMessages.muted}
                role="img"
              />
            )}
            {isDue && <StartedBadge monitor={monitor} />}
            <RegionMark monitor={monitor} />
            <TagList
              names={isKnown(monitor, 'tags') ? monitor.tags : []}
              colours={colours}
              className="flex-nowrap! shrink-[4] overflow-hidden max-md:hidden"
            />
          </div>
          <p
            title={isWrong ? subtitle : undefined}
            className={cx('min-w-0 truncate text-xs', isWrong ? 'text-down' : 'text-ink-soft')}
          >
            {subtitle}
          </p>
        </div>
      </td>
      <td className={cx(cell, SHOWN_FROM.type, 'text-ink-soft text-xs')}>
        {monitor.kind === null ? '–' : KIND_MESSAGES[monitor.kind].shortLabel}
      </td>
      <td className={cx(cell, SHOWN_FROM.checks)}>
        <div data-checks className="w-37.5">
          <Sparkline points={monitor.sparkline} muted={state === 'paused'} />
        </div>
      </td>
      <td className={cx(cell, 'text-right')}>
        {isDue ? <Due monitor={monitor} /> : response === null ? '–' : formatLatency(response)}
      </td>
      <td className={cx(cell, SHOWN_FROM.uptime, 'text-right', ratioColour(uptime))}>
        {uptime === null ? '–' : formatRatio(uptime)}
      </td>
      <td className={cx(cell, SHOWN_FROM.certificate, 'text-right')}>
        {certificate === null ? '–' : <CertificateDays at={certificate} />}
      </td>
    </tr>
  );
});
