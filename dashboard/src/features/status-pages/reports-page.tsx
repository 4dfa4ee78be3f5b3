import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { CircleCheck, FileText, Megaphone, Plus } from 'lucide-react';
import { useState } from 'react';
import type { StatusPage, StatusReport } from '@/api/models';
import { reportsQuery } from '@/api/status-reports';
import { useCan } from '@/api/use-session';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { formatDateTime, formatDuration } from '@/lib/format';
import { PlainText } from './markdown';
import { reportMessages as messages } from './messages';
import { PageHead } from './page-head';
import { isOpen } from './report-schema';
import { ReportStatusBadge } from './report-status';
import { templateMessages } from './templates/messages';
import { TemplatesDialog } from './templates/templates-dialog';
import { WithStatusPage } from './with-status-page';

function lasted({ started_at, resolved_at }: StatusReport): string | null {
  if (resolved_at === null) return null;
  return messages.lasted(formatDuration((Date.parse(resolved_at) - Date.parse(started_at)) / 1_000));
}

function ReportRow({ report }: { report: StatusReport }) {
  const { id, status_page_id: pageId, title, status, started_at: startedAt, updates } = report;
  const duration = lasted(report);
  return (
    <li className="grid gap-x-6 gap-y-1.5 px-5 py-4 sm:grid-cols-[1fr_auto]">
      <div className="min-w-0">
        <Link
          to="/status-pages/$pageId/reports/$reportId"
          params={{ pageId, reportId: id }}
          className="break-words font-semibold underline-offset-4 hover:underline"
        >
          {title}
        </Link>
        <p className="line-clamp-2 break-words text-ink-soft text-sm">
          <PlainText>{updates[0]?.message ?? ''}</PlainText>
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 sm:flex-col sm:items-end">
        <ReportStatusBadge status={status} />
        <p className="text-ink-soft text-xs">
          {messages.started(formatDateTime(startedAt))}
          {duration && <span className="block sm:text-right">{duration}</span>}
        </p>
      </div>
    </li>
  );
}

function List({ title, reports, empty }: { title: string; reports: StatusReport[]; empty: string }) {
  return (
    <Section title={title}>
      {reports.length === 0 ? (
        <p className="card flex items-center justify-center gap-2 px-5 py-8 text-ink-soft text-sm">
          <CircleCheck className="size-4.5 text-up" aria-hidden />
          {empty}
        </p>
      ) : (
        <ul aria-label={title} className="card divide-y divide-line overflow-hidden">
          {reports.map((report) => (
            <ReportRow key={report.id} report={report} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Reports({ page }: { page: StatusPage }) {
  const query = useInfiniteQuery(reportsQuery(page.id));
  const canReport = useCan('manageReports');
  const whyNot = useWhyNot('manageReports');
  const reports = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const [isManaging, setManaging] = useState(false);
  const templates = canReport && (
    <Button onClick={() => setManaging(true)}>
      <FileText className="size-4" aria-hidden />
      {templateMessages.title}
    </Button>
  );
  const publish = canReport && (
    <Link
      to="/status-pages/$pageId/reports/new"
      params={{ pageId: page.id }}
      className={buttonClass('primary')}
    >
      <Plus className="size-4" aria-hidden />
      {messages.publish}
    </Link>
  );
  return (
    <>
      <PageHead page={page}>
        {templates}
        {reports.length > 0 && publish}
      </PageHead>
      {isManaging && <TemplatesDialog onClose={() => setManaging(false)} />}
      <QueryView query={query} loading={<Loading rows={2} className="h-20" />}>
        {() =>
          reports.length === 0 ? (
            <EmptyState icon={Megaphone} title={messages.none} action={publish}>
              {messages.noneHint}
              {whyNot && <span className="mt-3 block">{whyNot}</span>}
            </EmptyState>
          ) : (
            <div className="-mt-2">
              <List title={messages.open} reports={reports.filter(isOpen)} empty={messages.noneOpen} />
              <List
                title={messages.past}
                reports={reports.filter((report) => !isOpen(report))}
                empty={messages.nonePast}
              />
              <ShowMore query={query} shown={reports.length} />
              <PermissionNote permission="manageReports" />
            </div>
          )
        }
      </QueryView>
    </>
  );
}

export function StatusReportsPage() {
  const { pageId } = useParams({ from: '/logged-in/status-pages/$pageId/reports' });
  return <WithStatusPage id={pageId}>{(page) => <Reports page={page} />}</WithStatusPage>;
}
