import type { ReactNode } from 'react';
import { isKnown } from '@/api/as-of';
import type { Monitor } from '@/api/models';
import { stateOf } from '@/api/monitors';
import { isUnseen } from '@/api/regions';
import { useAsOf } from '@/components/as-of/as-of';
import { StateBadge } from '@/components/state';
import { ElapsedTime, RelativeTime } from '@/components/time';
import { formatDateTime, formatDuration, formatLatency, formatShortDateTime } from '@/lib/format';
import { useNow } from '@/lib/now';
import { common } from '@/messages/common';
import { anomalyOf, SlowerBadge } from './baseline/slower';
import { formMessages, bandMessages as messages, monitorMessages } from './messages';
import { nextCheck } from './next-check';
import { EXPIRY_WARNING_SECONDS } from './phases';
import { UnseenBadge } from './regions/region-state';

function Cell({ label, children, more }: { label: string; children: ReactNode; more?: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-soft text-xs">{label}</dt>
      <dd className="mt-0.5 whitespace-nowrap font-medium text-sm">
        {children}
        {more && <span className="ml-2 font-normal text-ink-soft text-xs">{more}</span>}
      </dd>
    </div>
  );
}

function NextCheck({ monitor }: { monitor: Monitor }) {
  const next = nextCheck(monitor, useNow());
  if (!next) return null;
  const seconds = Math.abs(next.leftMs) / 1_000;
  return (
    <Cell label={messages.nextCheck}>
      {next.isLate ? (
        <span className="text-degraded">{messages.late(formatDuration(seconds))}</span>
      ) : next.leftMs > 0 ? (
        messages.in(formatDuration(Math.ceil(seconds)))
      ) : (
        messages.now
      )}
    </Cell>
  );
}

function Certificate({ at }: { at: string }) {
  const left = (Date.parse(at) - useNow()) / 1_000;
  const text = left > 0 ? messages.expiresIn(formatDuration(left)) : messages.expired;
  return (
    <Cell label={messages.certificate}>
      <span
        title={formatDateTime(at)}
        className={left <= 0 ? 'text-down' : left < EXPIRY_WARNING_SECONDS ? 'text-degraded' : undefined}
      >
        {text}
      </span>
    </Cell>
  );
}

/** What a monitor is and was, at a glance. */
export function StatusBand({ monitor }: { monitor: Monitor }) {
  const { status } = monitor;
  const isPresent = useAsOf() === null;
  const state = stateOf(monitor);
  const unseen = isUnseen(monitor);
  const isRunning = state !== 'paused';
  const facts = [
    monitor.muted &&
      isKnown(monitor, 'muted') &&
      (monitor.muted_until
        ? monitorMessages.mutedUntil(formatShortDateTime(monitor.muted_until))
        : monitorMessages.muted),
    monitor.upside_down && monitorMessages.inverted,
  ].filter((fact) => typeof fact === 'string');
  return (
    <div className="card mt-4 flex flex-wrap items-center gap-x-8 gap-y-3 px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-soft text-sm">
        <span role="status">
          {unseen ? (
            <UnseenBadge large />
          ) : state === 'up' && anomalyOf(monitor) ? (
            <SlowerBadge large />
          ) : (
            <StateBadge state={state} large />
          )}
        </span>
        {status.since && !unseen && (
          <span>
            for <ElapsedTime since={status.since} />
          </span>
        )}
      </div>
      <dl className="flex min-w-0 flex-wrap gap-x-8 gap-y-3">
        {isRunning && status.latency_ms !== null && (
          <Cell
            label={monitorMessages.responseTime}
            more={status.status_code !== null && monitorMessages.httpStatus(status.status_code)}
          >
            {formatLatency(status.latency_ms)}
          </Cell>
        )}
        {isRunning && status.latency_ms === null && status.status_code !== null && (
          <Cell label={messages.response}>{monitorMessages.httpStatus(status.status_code)}</Cell>
        )}
        {status.last_checked_at && (
          <Cell label={messages.checked}>
            <RelativeTime at={status.last_checked_at} />
          </Cell>
        )}
        {isPresent && <NextCheck monitor={monitor} />}
        {monitor.interval_seconds !== null && (
          <Cell label={formMessages.interval}>{common.every(monitor.interval_seconds)}</Cell>
        )}
        {isRunning && status.tls_expires_at && <Certificate at={status.tls_expires_at} />}
      </dl>
      {facts.map((fact) => (
        <span key={fact} className="text-ink-soft text-sm">
          {fact}
        </span>
      ))}
    </div>
  );
}
