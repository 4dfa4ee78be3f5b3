import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ZoomOut } from 'lucide-react';
import { useState } from 'react';
import type { TimeSpan } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { baselineQuery, MAX_BASELINE_DAYS, seriesQuery, uptimeOfQuery, uptimeQuery } from '@/api/monitors';
import { decidingRegions } from '@/api/regions';
import { Button } from '@/components/button';
import { HistoryChart } from '@/components/charts/history-chart';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { cx } from '@/lib/cx';
import { chartMessages } from '@/messages/charts';
import { RegionFilter } from './regions/region-filter';
import { useMarks } from './use-marks';

const RANGES = [
  { days: 1, label: '24 h', window: '24h' },
  { days: 7, label: '7 d', window: '7d' },
  { days: 30, label: '30 d', window: '30d' },
  { days: 90, label: '90 d', window: '90d' },
  { days: 365, label: '1 y', window: '365d' },
] as const;

/** Of longer ranges there are no lines of regions. */
const MAX_DAYS_BY_REGION = 120;

type Range = (typeof RANGES)[number];

/** In shorter intervals there is nothing more to see. */
const SHORTEST_SECONDS = 10;

const iso = (ms: number): string => new Date(ms).toISOString();

interface RangeProps {
  range: Range;
  zoomed: TimeSpan | null;
  onRange: (range: Range) => void;
  onZoomOut: () => void;
}

function RangeChoice({ range, zoomed, onRange, onZoomOut }: RangeProps) {
  return (
    <>
      {zoomed && (
        <Button variant="ghost" onClick={onZoomOut}>
          <ZoomOut className="size-4" aria-hidden />
          {chartMessages.zoomOut}
        </Button>
      )}
      <fieldset className="inline-flex rounded-lg border border-line bg-surface p-0.5">
        <legend className="sr-only">Range</legend>
        {RANGES.map((each) => (
          <button
            key={each.days}
            type="button"
            aria-pressed={!zoomed && range === each}
            onClick={() => onRange(each)}
            className={cx(
              'min-h-8 rounded-md px-2.5 text-sm transition-colors',
              !zoomed && range === each ? 'bg-sunken font-medium' : 'text-ink-soft hover:text-ink',
            )}
          >
            {each.label}
          </button>
        ))}
      </fieldset>
    </>
  );
}

/** The uptime of what is shown: the same figure as above the chart, or that of the part that is zoomed into. */
function useUptime(id: number, region: string | null, range: Range, zoomed: TimeSpan | null): number | null {
  // What the buckets of a chart add up to begins at a full bucket.
  const windows = useQuery({ ...uptimeQuery(id, region), refetchInterval: 60_000 });
  const part = useQuery({
    ...uptimeOfQuery(id, zoomed ?? { from: '', to: '' }, region),
    enabled: zoomed !== null,
  });
  return zoomed ? (part.data ?? null) : (windows.data?.[range.window].ratio ?? null);
}

/**
 * Response time and uptime over a range, with incidents and maintenance windows, of one region or of all: then with a line
 * for each.
 */
export function History({ monitor, region }: { monitor: Monitor; region: string | null }) {
  const { id } = monitor;
  const regions = decidingRegions(monitor);
  const [range, setRange] = useState<Range>(RANGES[0]);
  const [zoomed, setZoomed] = useState<TimeSpan | null>(null);
  const shown = zoomed ?? range.days;
  const byRegion = region === null && regions.length > 0 && range.days <= MAX_DAYS_BY_REGION;
  const uptime = useUptime(id, region, range, zoomed);
  const marks = useMarks(monitor, shown);
  const query = useQuery({
    ...seriesQuery(id, { range: shown, region, byRegion }),
    // A part of the past stays as it is.
    refetchInterval: zoomed ? false : 60_000,
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
          <RangeChoice
            range={range}
            zoomed={zoomed}
            onRange={(next) => {
              setRange(next);
              setZoomed(null);
            }}
            onZoomOut={() => setZoomed(null)}
          />
        </div>
      }
    >
      <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
        {(series) => (
          <div className={cx('card transition-opacity', query.isPlaceholderData && 'opacity-60')}>
            <HistoryChart
              series={series}
              uptime={uptime}
              baseline={(region === null && baseline.data) || null}
              regions={regions}
              marks={marks}
              onZoom={
                series.bucket_seconds > SHORTEST_SECONDS
                  ? (from, until) =>
                      setZoomed({ from: iso(from), to: iso(Math.min(until, Date.parse(series.to))) })
                  : undefined
              }
            />
          </div>
        )}
      </QueryView>
    </Section>
  );
}
