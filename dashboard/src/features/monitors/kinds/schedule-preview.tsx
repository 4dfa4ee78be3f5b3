import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { schedulePreviewQuery } from '@/api/heartbeats';
import type { SchedulePreviewInput } from '@/api/models';
import { ApiError } from '@/api/problem';
import { ErrorNotice } from '@/components/notice';
import { Loading } from '@/components/query';
import { cx } from '@/lib/cx';
import { formatDateTimeIn } from '@/lib/format';
import { browserTimeZone } from '@/lib/time-zone';
import { useSettled } from '@/lib/use-settled';
import { heartbeatForm as messages } from '../heartbeats/messages';

/** The server's preview of a schedule, as it is typed. */
export function useSchedulePreview(input: SchedulePreviewInput | null) {
  const text = JSON.stringify(input);
  const settled = useSettled(text);
  const query = useQuery({
    ...schedulePreviewQuery(JSON.parse(settled) as SchedulePreviewInput | null),
    placeholderData: keepPreviousData,
  });
  // What was said of another schedule is not said of this one.
  const isCurrent = settled === text && input !== null;
  const error = isCurrent ? query.error : null;
  const fields = error instanceof ApiError ? error.fields : [];
  return {
    query,
    isCurrent,
    /** What the server says of a field, by the end of its name. */
    problemOf: (field: string): string | undefined =>
      fields.find((each) => each.field === field || each.field.endsWith(`.${field}`))?.message,
    /** What it says of none. */
    error: fields.length > 0 ? null : error,
  };
}

type Preview = ReturnType<typeof useSchedulePreview>;

interface Props {
  preview: Preview;
  /** Whether there is a schedule to preview. */
  isComplete: boolean;
  /** Null where the schedule has none. */
  zone: string | null;
}

/** The next dates of a schedule. */
export function SchedulePreview({ preview: { query, isCurrent, error }, isComplete, zone }: Props) {
  const { data } = query;
  const shownZone = zone ?? browserTimeZone();
  return (
    <section
      aria-label={messages.nextDates}
      aria-busy={query.isFetching || !isCurrent}
      aria-live="polite"
      className="rounded-lg bg-sunken px-3.5 py-3 text-sm"
    >
      <h3 className="font-medium">{messages.nextDates}</h3>
      {error && (
        <div className="mt-2">
          <ErrorNotice error={error} />
        </div>
      )}
      {!isComplete && <p className="mt-1 text-ink-soft">{messages.noPreview}</p>}
      {isComplete && query.isLoading && <Loading rows={1} className="h-24" />}
      {isComplete && data && !query.error && (
        <div className={cx('transition-opacity', (!isCurrent || query.isPlaceholderData) && 'opacity-60')}>
          <p className="mt-1 text-ink-soft">{data.text}</p>
          {data.next_dates.length === 0 ? (
            <p className="mt-1">{messages.noDates}</p>
          ) : (
            <ol className="mt-2 grid gap-0.5">
              {data.next_dates.map((at) => (
                <li key={at}>
                  <time dateTime={at}>{formatDateTimeIn(at, shownZone)}</time>
                </li>
              ))}
            </ol>
          )}
          <p className="mt-2 text-ink-soft text-xs">{messages.inZone(shownZone)}</p>
        </div>
      )}
    </section>
  );
}
