import { heartbeatState } from '@/api/heartbeats';
import type { Monitor } from '@/api/models';
import { ElapsedTime, RelativeTime } from '@/components/time';
import { formatShortDateTime } from '@/lib/format';
import { useNow } from '@/lib/now';
import { monitorMessages } from '../messages';
import { dueText, heartbeatMessages, overdueText } from './messages';
import { HeartbeatBadge, StartedBadge } from './state';

/** When the next ping is due, and how long there is left. Renders nothing where that is not known. */
function Due({ monitor }: { monitor: Monitor }) {
  const now = useNow();
  const { due_at: due, overdue_at: overdue } = monitor.status;
  const state = heartbeatState(monitor, now);
  if (!due || state === 'new' || state === 'paused' || monitor.upside_down) return null;
  return (
    <span>
      {Date.parse(due) > now && `${heartbeatMessages.due} `}
      <time dateTime={due} title={heartbeatMessages.dueAt(due)}>
        {dueText(monitor, state, now)}
      </time>
      {overdue && state !== 'down' && (
        <>
          {', '}
          <time dateTime={overdue} title={heartbeatMessages.overdueAt(overdue)}>
            {overdueText(overdue, now)}
          </time>
        </>
      )}
    </span>
  );
}

/** What a heartbeat is and was, in a line. */
export function HeartbeatStatus({ monitor }: { monitor: Monitor }) {
  const { since, last_ping_at: last, started_at: started } = monitor.status;
  const isLate = heartbeatState(monitor, useNow()) === 'late';
  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 text-ink-soft text-sm">
      <span role="status" className="inline-flex items-center gap-3">
        <HeartbeatBadge monitor={monitor} large />
        <StartedBadge monitor={monitor} />
      </span>
      {/* Whoever is late was up since then. */}
      {since && !isLate && (
        <span>
          for <ElapsedTime since={since} />
        </span>
      )}
      <span>
        {last ? (
          <>
            {heartbeatMessages.lastPing} <RelativeTime at={last} />
          </>
        ) : (
          heartbeatMessages.noPingYet
        )}
      </span>
      {started && !monitor.paused && (
        <span>
          {heartbeatMessages.running} <ElapsedTime since={started} />
        </span>
      )}
      <Due monitor={monitor} />
      {monitor.upside_down && <span>{heartbeatMessages.mustNotPing}</span>}
      {monitor.muted && (
        <span>
          {monitor.muted_until
            ? monitorMessages.mutedUntil(formatShortDateTime(monitor.muted_until))
            : monitorMessages.muted}
        </span>
      )}
    </div>
  );
}
