import { formatAgo, formatDateTime, formatDuration } from '@/lib/format';
import { useNow } from '@/lib/now';

/** "12 s ago", counting on. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)}>
      {formatAgo(at, useNow())}
    </time>
  );
}

/** How long something has lasted, counting on. */
export function Lasting({ since }: { since: string }) {
  return (
    <time dateTime={since} title={`since ${formatDateTime(since)}`}>
      {formatDuration((useNow() - Date.parse(since)) / 1_000)}
    </time>
  );
}
