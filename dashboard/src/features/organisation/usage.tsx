import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import type { Organisation, UsageItem } from '@/api/models';
import { usageQuery } from '@/api/organisations';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { cx } from '@/lib/cx';
import { formatCount, formatDuration, formatQuantity } from '@/lib/format';
import { LIMIT_LABELS, organisationMessages as messages } from './messages';

/** From this part of a limit on there is a warning. */
const NEARLY_FULL = 0.8;

type Level = 'normal' | 'near' | 'full' | 'over';

function levelOf({ used, limit }: UsageItem): Level {
  if (limit === null || used < limit * NEARLY_FULL) return 'normal';
  if (used > limit) return 'over';
  return used === limit ? 'full' : 'near';
}

const FILLS: Record<Level, string> = {
  normal: 'bg-ink-soft',
  near: 'bg-degraded-fill',
  full: 'bg-degraded-fill',
  over: 'bg-down-fill',
};

const WARNINGS: Record<Exclude<Level, 'normal'>, string> = {
  near: messages.nearLimit,
  full: messages.atLimit,
  over: messages.overLimit,
};

function warningOf({ key }: UsageItem, level: Exclude<Level, 'normal'>): string {
  const isDaily = key === 'checks_on_request_per_day' || key === 'drills_per_day';
  if (key === 'running_drills' && level !== 'near') return messages.atRunningLimit;
  return isDaily && level !== 'near' ? messages.atDailyLimit : WARNINGS[level];
}

function UsageRow({ item }: { item: UsageItem }) {
  const { key, used, limit } = item;
  const level = levelOf(item);
  const label = LIMIT_LABELS[key];
  return (
    <li className="px-5 py-3.5 text-sm">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span>{label}</span>
        <span className="text-ink-soft">
          {limit === null ? messages.unlimited(formatCount(used)) : messages.usedOf(used, limit)}
        </span>
      </div>
      {limit !== null && (
        <>
          <meter
            className="sr-only"
            aria-label={label}
            aria-valuetext={messages.usedOf(used, limit)}
            max={limit}
            value={Math.min(used, limit)}
          />
          <div className="mt-2 h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden>
            <div
              className={cx('h-full rounded-full', FILLS[level])}
              style={{ width: `${limit === 0 ? 100 : Math.min(100, (used / limit) * 100)}%` }}
            />
          </div>
        </>
      )}
      {level !== 'normal' && (
        <p
          className={cx(
            'mt-2 flex items-start gap-1.5 text-xs',
            level === 'over' ? 'text-down' : 'text-degraded',
          )}
        >
          <TriangleAlert className="mt-px size-3.5 shrink-0" aria-hidden />
          {warningOf(item, level)}
        </p>
      )}
    </li>
  );
}

/** The plan of an organisation, and how much of it is used. */
export function PlanUsage({ org }: { org: Organisation }) {
  const query = useQuery(usageQuery(org.id));
  return (
    <Section
      title={messages.planAndUsage}
      aside={query.data && <span className="text-ink-soft text-sm">{messages.plan(query.data.plan)}</span>}
    >
      <QueryView query={query} loading={<Loading rows={5} />}>
        {({ items, min_interval_seconds: interval, raw_retention_days: days }) => (
          <>
            <ul aria-label={messages.planAndUsage} className="card divide-y divide-line">
              {items.map((item) => (
                <UsageRow key={item.key} item={item} />
              ))}
            </ul>
            <p className="mt-3 text-pretty text-ink-soft text-xs">
              {messages.shortestInterval(formatDuration(interval))}
              {days !== null && ` ${messages.retention(formatQuantity(days, 'day'))}`}
            </p>
          </>
        )}
      </QueryView>
    </Section>
  );
}
