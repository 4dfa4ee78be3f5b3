import { useQuery } from '@tanstack/react-query';
import { heartbeatQuery } from '@/api/heartbeats';
import type { Monitor } from '@/api/models';
import { usePollInterval } from '@/components/live';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ElapsedTime } from '@/components/time';
import { formatDateTimeIn } from '@/lib/format';
import { browserTimeZone } from '@/lib/time-zone';
import { heartbeatForm, heartbeatMessages as messages } from './messages';

/** When a heartbeat is due, and what is running. */
export function NextDates({ monitor }: { monitor: Monitor }) {
  const query = useQuery({ ...heartbeatQuery(monitor.id), refetchInterval: usePollInterval() });
  const zone = monitor.heartbeat?.schedule?.timezone ?? browserTimeZone();
  return (
    <Section title={messages.schedule}>
      <QueryView query={query} loading={<Loading rows={1} className="h-32" />}>
        {({ schedule_text: text, next_dates: dates, runs }) => (
          <div className="card grid gap-x-8 gap-y-4 p-5 text-sm sm:grid-cols-2">
            <div>
              <p className="font-medium">{text}</p>
              <h3 className="mt-3 text-ink-soft text-xs">{messages.nextDates}</h3>
              {dates.length === 0 ? (
                <p className="mt-1">{monitor.paused ? messages.pausedDates : messages.noDates}</p>
              ) : (
                <ol className="mt-1 grid gap-0.5">
                  {dates.map((at) => (
                    <li key={at}>
                      <time dateTime={at}>{formatDateTimeIn(at, zone)}</time>
                    </li>
                  ))}
                </ol>
              )}
              {dates.length > 0 && <p className="mt-2 text-ink-soft text-xs">{heartbeatForm.inZone(zone)}</p>}
            </div>
            {runs.length > 0 && (
              <div>
                <h3 className="font-medium">{messages.runsUnderWay}</h3>
                <ul className="mt-2 grid gap-1.5">
                  {runs.map((run) => (
                    <li key={`${run.run_id} ${run.started_at}`} className="break-words">
                      <span className={run.is_overdue ? 'font-medium text-down' : undefined}>
                        <ElapsedTime since={run.started_at} />
                        {run.is_overdue && ` · ${messages.tooLong}`}
                      </span>
                      {run.run_id && <code className="ml-2 text-ink-soft text-xs">{run.run_id}</code>}
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </div>
        )}
      </QueryView>
    </Section>
  );
}
