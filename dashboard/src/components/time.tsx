import { formatAgo, formatDateTime, formatDuration } from '@/lib/format';
import { useNow } from '@/lib/now';
import { common } from '@/messages/common';

/** "12 s ago", kept current. */
export function RelativeTime({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)}>
      {formatAgo(at, useNow())}
    </time>
  );
}

/** How long something has lasted, kept current. */
export function ElapsedTime({ since }: { since: string }) {
  return (
    <time dateTime={since} title={common.since(formatDateTime(since))}>
      {formatDuration((useNow() - Date.parse(since)) / 1_000)}
    </time>
  );
}
