import { useQuery } from '@tanstack/react-query';
import type { Uptime, UptimeWindows as Windows } from '@/api/models';
import { uptimeQuery } from '@/api/monitors';
import { Loading, QueryView } from '@/components/query';
import { formatRatio } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';
import { common } from '@/messages/common';
import { incidentCount } from '@/messages/incidents';
import { uptimeMessages } from './messages';

const LABELS: Record<keyof Windows, string> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  '365d': '365 days',
};

const WINDOWS = keysOf(LABELS);

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

export function UptimeWindows({ id }: { id: number }) {
  const query = useQuery({ ...uptimeQuery(id), refetchInterval: 60_000 });
  return (
    <QueryView query={query} loading={<Loading rows={1} className="h-34" />}>
      {(data) => (
        <dl className="card grid grid-cols-2 gap-px overflow-hidden bg-line sm:grid-cols-5 [&>:last-child]:max-sm:col-span-2">
          {WINDOWS.map((window) => (
            <UptimeCell key={window} label={LABELS[window]} uptime={data[window]} />
          ))}
        </dl>
      )}
    </QueryView>
  );
}
