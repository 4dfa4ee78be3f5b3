import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { WindowInput } from '@/api/models';
import { asApiError } from '@/api/problem';
import { windowPreviewQuery } from '@/api/windows';
import { ErrorNotice } from '@/components/notice';
import { Loading } from '@/components/query';
import { timeProblems, timesInput } from '@/components/window-times/window-times';
import { cx } from '@/lib/cx';
import { formatMomentRange } from '@/lib/format';
import { isTimeZone } from '@/lib/time-zone';
import { useSettled } from '@/lib/use-settled';
import { recurrenceMessages as messages } from '@/messages/windows';
import type { WindowForm } from './window-schema';

/** When a window would be that is filled in like this, by the clock where it is. */
export function WindowPreview({ form }: { form: WindowForm }) {
  const isComplete = isTimeZone(form.time_zone) && timeProblems(form).length === 0;
  const text = JSON.stringify(isComplete ? timesInput(form) : null);
  const settled = useSettled(text);
  const query = useQuery({
    ...windowPreviewQuery(JSON.parse(settled) as WindowInput | null),
    placeholderData: keepPreviousData,
  });
  // What was said of other times is not said of these.
  const isCurrent = settled === text;
  const error = isCurrent ? query.error : null;
  const fields = error ? asApiError(error).fields : [];
  const { data } = query;
  return (
    <section
      aria-label={messages.preview}
      aria-busy={query.isFetching || !isCurrent}
      aria-live="polite"
      className="rounded-lg bg-sunken px-3.5 py-3 text-sm"
    >
      <h3 className="font-medium">{messages.preview}</h3>
      {!isComplete && <p className="mt-1 text-ink-soft">{messages.noPreview}</p>}
      {isComplete && error && (
        <div className="mt-2">
          {fields.length === 0 && <ErrorNotice error={error} />}
          {fields.map(({ field, message }) => (
            <p key={field} className="break-words text-down first-letter:uppercase">
              {field} {message}
            </p>
          ))}
        </div>
      )}
      {isComplete && query.isLoading && <Loading rows={1} className="h-24" />}
      {isComplete && data && !query.error && (
        <div className={cx('transition-opacity', (!isCurrent || query.isPlaceholderData) && 'opacity-60')}>
          {data.length === 0 ? (
            <p className="mt-1">{messages.noOccurrences}</p>
          ) : (
            <ol className="mt-2 grid gap-0.5">
              {data.map(({ starts_at: from, ends_at: until }) => (
                <li key={from}>
                  <time dateTime={from}>{formatMomentRange(from, until, form.time_zone)}</time>
                </li>
              ))}
            </ol>
          )}
          <p className="mt-2 text-ink-soft text-xs">{messages.inZone(form.time_zone)}</p>
        </div>
      )}
    </section>
  );
}
