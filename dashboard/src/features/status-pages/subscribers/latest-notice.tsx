import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReportUpdate, StatusReport } from '@/api/models';
import { reportsQuery } from '@/api/status-reports';
import { Section } from '@/components/page';
import { RelativeTime } from '@/components/time';
import { ReportStatusBadge } from '../report-status';
import { noticeMessages as messages } from './messages';
import { NoticeCounts, useNotices } from './notices';

function Latest({ report, update }: { report: StatusReport; update: ReportUpdate }) {
  const notices = useNotices(report.id)?.get(update.id);
  return (
    <Section title={messages.latest} className="mb-8">
      <div className="card grid gap-2 px-5 py-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
          <Link
            to="/status-pages/$pageId/reports/$reportId"
            params={{ pageId: report.status_page_id, reportId: report.id }}
            className="min-w-0 break-words font-semibold text-sm underline-offset-4 hover:underline"
          >
            {report.title}
          </Link>
          <ReportStatusBadge status={update.status} />
          <span className="text-ink-soft text-xs">
            <RelativeTime at={update.at} />
          </span>
        </div>
        {notices && <NoticeCounts notices={notices} />}
      </div>
    </Section>
  );
}

/** What came of the newest update that subscribers were notified of. Renders nothing where there is none. */
export function LatestNotice({ pageId }: { pageId: number }) {
  const { data } = useInfiniteQuery(reportsQuery(pageId));
  const notified = (data?.pages ?? []).flatMap(({ items }) =>
    items.flatMap((report) =>
      report.updates.filter((update) => update.notified).map((update) => ({ report, update })),
    ),
  );
  const [first, ...others] = notified;
  if (!first) return null;
  const latest = others.reduce((last, each) => (each.update.at > last.update.at ? each : last), first);
  return <Latest {...latest} />;
}
