import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Monitor } from '@/api/models';
import { baselineQuery, MAX_BASELINE_DAYS, seriesQuery, uptimeQuery } from '@/api/monitors';
import { decidingRegions } from '@/api/regions';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { cx } from '@/lib/cx';
import { HistoryChart } from './history-chart';
import { RegionFilter } from './regions/region-filter';

const RANGES = [
  { days: 1, label: '24 h', window: '24h' },
  { days: 7, label: '7 d', window: '7d' },
  { days: 30, label: '30 d', window: '30d' },
  { days: 90, label: '90 d', window: '90d' },
  { days: 365, label: '1 y', window: '365d' },
] as const;

/** Of longer ranges there are no lines of regions. */
const MAX_DAYS_BY_REGION = 120;

/** Response time and uptime over a range, of one region or of all: then with a line for each. */
export function History({ monitor, region }: { monitor: Monitor; region: string | null }) {
  const { id } = monitor;
  const regions = decidingRegions(monitor);
  const [range, setRange] = useState<(typeof RANGES)[number]>(RANGES[0]);
  const byRegion = region === null && regions.length > 0 && range.days <= MAX_DAYS_BY_REGION;
  // The same figure as above the chart: what its buckets add up to begins at a full bucket.
  const uptime = useQuery({ ...uptimeQuery(id, region), refetchInterval: 60_000 });
  const query = useQuery({
    ...seriesQuery(id, { days: range.days, region, byRegion }),
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  });
  // It is of all regions together. Without it the chart is as it would be otherwise.
  const baseline = useQuery({
    ...baselineQuery(id, range.days),
    enabled: region === null && range.days <= MAX_BASELINE_DAYS,
    refetchInterval: 600_000,
  });
  return (
    <Section
      title="History"
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <RegionFilter monitor={monitor} shown={region} />
          <fieldset className="inline-flex rounded-lg border border-line bg-surface p-0.5">
            <legend className="sr-only">Range</legend>
            {RANGES.map((each) => (
              <button
                key={each.days}
                type="button"
                aria-pressed={range === each}
                onClick={() => setRange(each)}
                className={cx(
                  'min-h-8 rounded-md px-2.5 text-sm transition-colors',
                  range === each ? 'bg-sunken font-medium' : 'text-ink-soft hover:text-ink',
                )}
              >
                {each.label}
              </button>
            ))}
          </fieldset>
        </div>
      }
    >
      <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
        {(series) => (
          <div className={cx('card transition-opacity', query.isPlaceholderData && 'opacity-60')}>
            <HistoryChart
              series={series}
              uptime={uptime.data?.[range.window].ratio ?? null}
              baseline={(region === null && baseline.data) || null}
              regions={regions}
            />
          </div>
        )}
      </QueryView>
    </Section>
  );
}
