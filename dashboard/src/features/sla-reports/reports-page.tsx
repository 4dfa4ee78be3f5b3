import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarClock, FileChartColumn, Plus } from 'lucide-react';
import type { SlaReportSummary } from '@/api/models';
import { slaReportsQuery } from '@/api/sla-reports';
import { useCan } from '@/api/use-session';
import { Badge } from '@/components/badge';
import { buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { formatDate } from '@/lib/format';
import { PAGE_TITLES } from '@/messages/terms';
import { describePeriod, slaMessages as messages, percent } from './messages';
import { SlaTabs } from './tabs';
import { Verdict } from './verdict';

function ReportRow({ report }: { report: SlaReportSummary }) {
  const { id, name, period, preliminary, schedule_id: schedule, created_at: at } = report;
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-5 py-4">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <Link
            to="/sla-reports/$reportId"
            params={{ reportId: id }}
            className="min-w-0 break-words font-semibold underline-offset-4 hover:underline"
          >
            {name}
          </Link>
          {preliminary && <Badge>{messages.preliminary}</Badge>}
        </p>
        <p className="text-ink-soft text-sm">{describePeriod(period)}</p>
        <p className="flex items-center gap-1.5 text-ink-soft text-xs">
          {schedule !== null && (
            <CalendarClock className="size-3.5 shrink-0" aria-label={messages.bySchedule} />
          )}
          {formatDate(at)} · {messages.monitorCount(report.monitors)}
          {report.monitors_missed > 0 &&
            ` · ${messages.missedCount(report.monitors_missed, report.monitors)}`}
        </p>
      </div>
      <div className="sm:text-right">
        <p className="font-semibold">{percent(report.percent)}</p>
        <Verdict met={report.met} />
      </div>
    </li>
  );
}

export function SlaReportsPage() {
  const query = useInfiniteQuery(slaReportsQuery);
  const canMake = useCan('manageMonitors');
  const reports = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const add = canMake && (
    <Link to="/sla-reports/new" className={buttonClass('primary')}>
      <Plus className="size-4" aria-hidden />
      {messages.newReport}
    </Link>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.slaReports}>{reports.length > 0 && add}</PageHeader>
      <SlaTabs />
      <QueryView query={query} loading={<Loading rows={3} />}>
        {() =>
          reports.length === 0 ? (
            <EmptyState icon={FileChartColumn} title={messages.none} action={add}>
              {messages.noneHint}
            </EmptyState>
          ) : (
            <>
              <ul aria-label={PAGE_TITLES.slaReports} className="card divide-y divide-line">
                {reports.map((report) => (
                  <ReportRow key={report.id} report={report} />
                ))}
              </ul>
              <ShowMore query={query} shown={reports.length} />
            </>
          )
        }
      </QueryView>
      <PermissionNote permission="manageMonitors" />
    </>
  );
}
