import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { BellRing, CheckCheck, ExternalLink, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReportUpdate, StatusPage, StatusReport, UpdateNotices } from '@/api/models';
import { ApiError } from '@/api/problem';
import { reportQuery } from '@/api/status-reports';
import { useCan } from '@/api/use-session';
import { Button, IconButton } from '@/components/button';
import { NotFoundPage } from '@/components/fallback';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { ElapsedTime } from '@/components/time';
import { formatDateTime, formatDuration } from '@/lib/format';
import { common } from '@/messages/common';
import { Markdown } from './markdown';
import { reportMessages as messages, REPORT_STATUS_LABELS } from './messages';
import { PageHead } from './page-head';
import {
  DeleteReportDialog,
  PostmortemDialog,
  ReportDialog,
  UpdateDialog,
  WordsDialog,
} from './report-dialogs';
import { componentsOf, isOpen } from './report-schema';
import { ImpactText, ReportStatusBadge } from './report-status';
import { NoticeCounts, useNotices } from './subscribers/notices';
import { WithStatusPage } from './with-status-page';

type Dialog = 'update' | 'resolve' | 'report' | 'postmortem' | 'delete' | ReportUpdate;

interface Props {
  page: StatusPage;
  report: StatusReport;
  canReport: boolean;
  onOpen: (dialog: Dialog) => void;
}

interface UpdateProps extends Omit<Props, 'report'> {
  update: ReportUpdate;
  /** What came of the emails about it; nothing while that is not known, or where there are none. */
  notices: UpdateNotices | undefined;
}

function Update({ page, update, notices, canReport, onOpen }: UpdateProps) {
  const { status, message, components, notified, author, at } = update;
  const time = formatDateTime(at);
  const names = new Map(componentsOf(page).map(({ id, name }) => [id, name]));
  return (
    <li className="grid gap-2 px-5 py-4">
      <div className="flex items-start gap-4">
        <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-4 gap-y-1.5 text-ink-soft text-xs">
          <ReportStatusBadge status={status} />
          <time dateTime={at}>{author === null ? time : messages.byAuthor(time, author)}</time>
          {notified && (
            <span className="inline-flex items-center gap-1.5">
              <BellRing className="size-3.5" aria-hidden />
              {messages.wasNotified}
            </span>
          )}
        </div>
        {canReport && (
          <IconButton
            label={messages.editUpdateOf(REPORT_STATUS_LABELS[status], time)}
            className="-my-2 -mr-2"
            onClick={() => onOpen(update)}
          >
            <Pencil className="size-4" aria-hidden />
          </IconButton>
        )}
      </div>
      <Markdown>{message}</Markdown>
      {components.length > 0 && (
        <ul aria-label={messages.affected} className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
          {components.map(({ component_id: id, impact }) => (
            <li key={id}>
              <ImpactText name={names.get(id) ?? messages.deletedComponent} impact={impact} />
            </li>
          ))}
        </ul>
      )}
      {notified && notices && <NoticeCounts notices={notices} />}
    </li>
  );
}

function Facts({ page, report }: { page: StatusPage; report: StatusReport }) {
  const { started_at: start, resolved_at: end, components, incident_id: incident, url } = report;
  const names = new Map(componentsOf(page).map(({ id, name }) => [id, name]));
  return (
    <>
      <div className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1.5 text-ink-soft text-sm">
        <ReportStatusBadge status={report.status} />
        <span>{messages.started(formatDateTime(start))}</span>
        {end === null ? (
          <ElapsedTime since={start} />
        ) : (
          <span>{messages.lasted(formatDuration((Date.parse(end) - Date.parse(start)) / 1_000))}</span>
        )}
        {incident && (
          <Link
            to="/incidents/$incidentId"
            params={{ incidentId: incident }}
            className="underline underline-offset-4 hover:text-ink"
          >
            {messages.incident}
          </Link>
        )}
        {url && page.published && (
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1 underline underline-offset-4 hover:text-ink"
          >
            {messages.onPage}
            <ExternalLink className="size-3.5" aria-hidden />
          </a>
        )}
      </div>
      {isOpen(report) && components.length > 0 && (
        <ul aria-label={messages.affected} className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm">
          {components.map(({ component_id: id, impact }) => (
            <li key={id}>
              <ImpactText name={names.get(id) ?? messages.deletedComponent} impact={impact} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Postmortem({ report, canReport, onOpen }: Omit<Props, 'page'>) {
  const { postmortem } = report;
  if (postmortem === null && !canReport) return null;
  return (
    <Section
      title={messages.postmortem}
      aside={
        canReport && (
          <Button variant="ghost" className="-my-2 -mr-3.5" onClick={() => onOpen('postmortem')}>
            {postmortem === null ? messages.writePostmortem : messages.editPostmortem}
          </Button>
        )
      }
    >
      <div className="card px-5 py-4">
        {postmortem === null ? (
          <p className="text-ink-soft text-sm">{messages.noPostmortem}</p>
        ) : (
          <Markdown>{postmortem}</Markdown>
        )}
      </div>
    </Section>
  );
}

function Report({ page, report }: { page: StatusPage; report: StatusReport }) {
  const canReport = useCan('manageReports');
  const notices = useNotices(report.id);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const rights = { page, canReport, onOpen: setDialog };
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <h2 className="break-words font-semibold text-lg">{report.title}</h2>
          <Facts page={page} report={report} />
        </div>
        {canReport && (
          <div className="flex flex-wrap items-center gap-2">
            {isOpen(report) && (
              <Button variant="primary" onClick={() => setDialog('resolve')}>
                <CheckCheck className="size-4" aria-hidden />
                {messages.resolve}
              </Button>
            )}
            <Button onClick={() => setDialog('update')}>
              <Plus className="size-4" aria-hidden />
              {messages.addUpdate}
            </Button>
            <IconButton label={common.edit(report.title)} onClick={() => setDialog('report')}>
              <Pencil className="size-4" aria-hidden />
            </IconButton>
            <IconButton label={common.remove(report.title)} onClick={() => setDialog('delete')}>
              <Trash2 className="size-4" aria-hidden />
            </IconButton>
          </div>
        )}
      </div>
      <Section title={messages.updates}>
        <ol aria-label={messages.updates} className="card divide-y divide-line">
          {report.updates.map((update) => (
            <Update key={update.id} update={update} notices={notices?.get(update.id)} {...rights} />
          ))}
        </ol>
      </Section>
      <Postmortem report={report} canReport={canReport} onOpen={setDialog} />
      <PermissionNote permission="manageReports" />
      {(dialog === 'update' || dialog === 'resolve') && (
        <UpdateDialog page={page} report={report} resolves={dialog === 'resolve'} onClose={close} />
      )}
      {dialog === 'report' && <ReportDialog report={report} onClose={close} />}
      {dialog === 'postmortem' && <PostmortemDialog report={report} onClose={close} />}
      {dialog === 'delete' && <DeleteReportDialog report={report} onClose={close} />}
      {dialog !== null && typeof dialog === 'object' && (
        <WordsDialog report={report} update={dialog} onClose={close} />
      )}
    </>
  );
}

export function StatusReportPage() {
  const { pageId, reportId } = useParams({ from: '/logged-in/status-pages/$pageId/reports/$reportId' });
  const query = useQuery({ ...reportQuery(reportId), enabled: useCan('viewStatusPages') });
  const isMissing = query.error instanceof ApiError && [400, 404].includes(query.error.status);
  if (isMissing || (query.data && query.data.status_page_id !== pageId)) return <NotFoundPage />;
  return (
    <WithStatusPage id={pageId}>
      {(page) => (
        <>
          <PageHead page={page} />
          <QueryView query={query} loading={<Loading rows={2} className="h-28" />}>
            {(report) => <Report page={page} report={report} />}
          </QueryView>
        </>
      )}
    </WithStatusPage>
  );
}
