import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { seriesQuery } from '@/api/monitors';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { cx } from '@/lib/cx';
import { HistoryChart } from './history-chart';

const RANGES = [
  [1, '24 h'],
  [7, '7 d'],
  [30, '30 d'],
  [90, '90 d'],
  [365, '1 y'],
] as const;

/** Response time and uptime over a range. */
export function History({ id }: { id: number }) {
  const [days, setDays] = useState(1);
  const query = useQuery({
    ...seriesQuery(id, days),
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  });
  return (
    <Section
      title="History"
      aside={
        <fieldset className="inline-flex rounded-lg border border-line bg-surface p-0.5">
          <legend className="sr-only">Range</legend>
          {RANGES.map(([value, label]) => (
            <button
              key={value}
              type="button"
              aria-pressed={days === value}
              onClick={() => setDays(value)}
              className={cx(
                'min-h-8 rounded-md px-2.5 text-sm transition-colors',
                days === value ? 'bg-sunken font-medium' : 'text-ink-soft hover:text-ink',
              )}
            >
              {label}
            </button>
          ))}
        </fieldset>
      }
    >
      <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
        {(series) => (
          <div className={cx('card transition-opacity', query.isPlaceholderData && 'opacity-60')}>
            <HistoryChart series={series} />
          </div>
        )}
      </QueryView>
    </Section>
  );
}
