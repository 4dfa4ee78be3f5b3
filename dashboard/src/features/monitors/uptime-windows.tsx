import { useQuery } from '@tanstack/react-query';
import type { Uptime, UptimeWindows as Windows } from '@/api/models';
import { uptimeQuery } from '@/api/monitors';
import { Loading, QueryView } from '@/components/query';
import { cx } from '@/lib/cx';
import { formatDate, formatDateTime, formatRatio, formatShortDateTime } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';
import { common } from '@/messages/common';
import { incidentCount } from '@/messages/incidents';
import { DAY_MS } from './days';
import { uptimeMessages } from './messages';

const LABELS: Record<keyof Windows, string> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  '365d': '365 days',
};

const DAYS: Record<keyof Windows, number> = { '24h': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365 };

/** The windows that differ from each other for a monitor of some age: the first that covers all of its life is the last. */
export function windowsFor(ageMs: number): (keyof Windows)[] {
  const all = keysOf(LABELS);
  const last = all.findIndex((window) => DAYS[window] * DAY_MS >= ageMs);
  return last < 0 ? all : all.slice(0, last + 1);
}

export function ratioColour(ratio: number | null): string | undefined {
  if (ratio === null || ratio >= 0.999) return undefined;
  return ratio >= 0.99 ? 'text-degraded' : 'text-down';
}

function UptimeCell({ label, uptime }: { label: string; uptime: Uptime }) {
  const { ratio, downtime_seconds: downtime, incidents, coverage } = uptime;
  return (
    <div className="bg-surface px-5 py-4">
      <dt className="text-ink-soft text-sm">{label}</dt>
      <dd>
        <p className={`mt-1 font-semibold text-xl tracking-tight ${ratioColour(ratio) ?? ''}`}>
          {ratio === null ? '–' : formatRatio(ratio)}
        </p>
        {ratio !== null && (
          <p className="mt-1 text-ink-soft text-xs">
            {uptimeMessages.downtime(downtime)}
            <br />
            {incidentCount(incidents)}
          </p>
        )}
        <div className="mt-3 h-1 overflow-hidden rounded-full bg-sunken">
          <div className="h-full rounded-full bg-line-strong" style={{ width: `${coverage * 100}%` }} />
        </div>
        <p className="mt-1 text-ink-soft text-xs">
          {ratio === null ? common.noData : uptimeMessages.coverage(coverage)}
        </p>
      </dd>
    </div>
  );
}

/** Of a monitor that is younger than a day: there is one figure, and it says since when. */
function SinceLine({ uptime, createdAt }: { uptime: Uptime; createdAt: string }) {
  const { ratio, downtime_seconds: downtime, incidents, coverage } = uptime;
  const time = formatShortDateTime(createdAt);
  return (
    <p className="card flex flex-wrap items-baseline gap-x-4 gap-y-1 px-5 py-4 text-ink-soft text-sm">
      <span
        className={cx('font-semibold text-base', ratioColour(ratio) ?? 'text-ink')}
        title={formatDateTime(createdAt)}
      >
        {ratio === null ? uptimeMessages.noneSince(time) : uptimeMessages.sinceLine(formatRatio(ratio), time)}
      </span>
      {ratio !== null && (
        <>
          <span>{uptimeMessages.downtime(downtime)}</span>
          <span>{incidentCount(incidents)}</span>
          <span>{uptimeMessages.coverage(coverage)}</span>
        </>
      )}
    </p>
  );
}

/** The name of a window: the one that is longer than a monitor has been there begins with the monitor. */
export function windowLabel(window: keyof Windows, createdAt: string, now: number): string {
  const created = Date.parse(createdAt);
  const isWhole = DAYS[window] * DAY_MS >= now - created;
  return isWhole ? uptimeMessages.since(formatDate(created)) : LABELS[window];
}

const COLUMNS = [
  '',
  'sm:grid-cols-1',
  'sm:grid-cols-2',
  'sm:grid-cols-3',
  'sm:grid-cols-4',
  'sm:grid-cols-5',
];

export function UptimeWindows({ id, createdAt }: { id: number; createdAt: string }) {
  const query = useQuery({ ...uptimeQuery(id), refetchInterval: 60_000 });
  const now = Date.now();
  const windows = windowsFor(now - Date.parse(createdAt));
  return (
    <QueryView query={query} loading={<Loading rows={1} className="h-34" />}>
      {(data) =>
        windows.length === 1 ? (
          <SinceLine uptime={data['24h']} createdAt={createdAt} />
        ) : (
          <dl
            className={cx(
              'card grid grid-cols-2 gap-px overflow-hidden bg-line',
              // An odd last one fills its row.
              '[&>:last-child:nth-child(odd)]:max-sm:col-span-2',
              COLUMNS[windows.length],
            )}
          >
            {windows.map((window) => (
              <UptimeCell key={window} label={windowLabel(window, createdAt, now)} uptime={data[window]} />
            ))}
          </dl>
        )
      }
    </QueryView>
  );
}
