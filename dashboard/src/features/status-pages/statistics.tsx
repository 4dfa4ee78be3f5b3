import { useQuery } from '@tanstack/react-query';
import { statusPageStatisticsQuery } from '@/api/status-pages';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { formatCount, formatDate } from '@/lib/format';
import { statisticsMessages as messages } from './messages';

/** In units of the chart. */
const HEIGHT = 40;
const PITCH = 6;
const WIDTH = 4;

type Days = readonly { date: string; views: number }[];

/** A bar for each day, oldest first; what it says stands in its title, and in its label for all. */
function ViewsChart({ days }: { days: Days }) {
  const most = Math.max(1, ...days.map(({ views }) => views));
  const sum = days.reduce((total, { views }) => total + views, 0);
  return (
    <svg
      role="img"
      aria-label={messages.chart(sum, days.length)}
      viewBox={`0 0 ${days.length * PITCH - (PITCH - WIDTH)} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-16 w-full"
    >
      {days.map(({ date, views }, at) => {
        // A day with a view is told from one without.
        const height = views === 0 ? 1 : Math.max(2, (views / most) * HEIGHT);
        return (
          <rect
            key={date}
            x={at * PITCH}
            y={HEIGHT - height}
            width={WIDTH}
            height={height}
            className={views === 0 ? 'fill-line-strong' : 'fill-ink-soft'}
          >
            <title>{messages.day(formatDate(`${date}T12:00:00`), views)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** How often a page was looked at, and how many get its mails. */
export function PageStatistics({ pageId }: { pageId: number }) {
  const query = useQuery(statusPageStatisticsQuery(pageId));
  return (
    <Section title={messages.title}>
      <QueryView query={query} loading={<Loading rows={1} className="h-24" />}>
        {({ days, subscribers, waiting_subscribers: waiting }) => (
          <div className="card grid gap-3 px-5 py-4">
            <p className="text-sm">
              {days && `${messages.views(days.reduce((sum, { views }) => sum + views, 0))} · `}
              {messages.subscribers(subscribers)}
              {waiting > 0 && `, ${formatCount(waiting)} ${messages.waiting}`}
            </p>
            {days ? <ViewsChart days={days} /> : <p className="text-ink-soft text-sm">{messages.unknown}</p>}
            <p className="text-ink-soft text-xs">{messages.hint}</p>
          </div>
        )}
      </QueryView>
    </Section>
  );
}
