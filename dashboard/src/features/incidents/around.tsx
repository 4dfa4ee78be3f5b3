import { useQuery } from '@tanstack/react-query';
import type { TimeSpan } from '@/api/keys';
import type { Incident } from '@/api/models';
import { seriesQuery } from '@/api/monitors';
import { HistoryChart } from '@/components/charts/history-chart';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { useNow } from '@/lib/now';
import { describeCause } from '@/messages/incidents';
import { incidentPageMessages as messages } from './messages';

const MINUTE_MS = 60_000;
const LEAST_MARGIN_MS = 30 * MINUTE_MS;
/** A longer range has no single results, and the minutes around the beginning would be lost in it. */
const MOST_MARGIN_MS = 6 * 60 * MINUTE_MS;

const NO_REGIONS: readonly string[] = [];

/** What is shown around an incident: as much before and after as a quarter of it, within reason, and not the future. */
export function spanAround({ started_at, resolved_at }: Incident, now: number): TimeSpan {
  // To the minute, so that the question stays the same while somebody looks.
  const until = Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  const [began, ended] = [Date.parse(started_at), resolved_at ? Date.parse(resolved_at) : until];
  const margin = Math.min(MOST_MARGIN_MS, Math.max(LEAST_MARGIN_MS, (ended - began) / 4));
  return {
    from: new Date(began - margin).toISOString(),
    to: new Date(Math.max(began + MINUTE_MS, Math.min(until, ended + margin))).toISOString(),
  };
}

/** The response time before, during and after an incident. */
export function Around({ incident }: { incident: Incident }) {
  const now = useNow();
  const { from, to } = spanAround(incident, now);
  const query = useQuery({
    ...seriesQuery(incident.monitor_id, { range: { from, to } }),
    placeholderData: (before) => before,
  });
  const began = Date.parse(incident.started_at);
  const ended = incident.resolved_at ? Date.parse(incident.resolved_at) : now;
  // Of a heartbeat, and where no results are kept any more, there is nothing to see.
  if (query.data && !query.data.buckets.some(({ p50_ms }) => p50_ms !== null)) return null;
  return (
    <Section title={messages.around}>
      <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
        {(series) => (
          <div className="card">
            <HistoryChart
              series={series}
              uptime={null}
              regions={NO_REGIONS}
              marks={[{ kind: 'incident', from: began, until: ended, label: describeCause(incident) }]}
            />
          </div>
        )}
      </QueryView>
    </Section>
  );
}
