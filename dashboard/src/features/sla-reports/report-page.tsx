import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Download, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { keys } from '@/api/keys';
import type { SlaFileFormat, SlaReport } from '@/api/models';
import { ApiError } from '@/api/problem';
import { deleteSlaReport, slaReportFile, slaReportQuery } from '@/api/sla-reports';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { NotFoundPage } from '@/components/fallback';
import { Menu } from '@/components/menu';
import { PageTitle, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { toastError, toastSuccess } from '@/components/toasts';
import { saveBlob } from '@/lib/download';
import { formatDateTimeIn } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { describePeriod, FORMATS, slaMessages as messages } from './messages';
import { ReportView } from './report-view';

function DownloadMenu({ report }: { report: SlaReport }) {
  const download = useMutation({
    mutationFn: (format: SlaFileFormat) => slaReportFile(report.id, format),
    onSuccess: ({ name, blob }) => saveBlob(name, blob),
    onError: (error) => toastError(messages.downloadFailed, error),
  });
  return (
    <Menu
      trigger={
        <Button busy={download.isPending}>
          {!download.isPending && <Download className="size-4" aria-hidden />}
          {messages.download}
        </Button>
      }
      items={keysOf(FORMATS).map((format) => ({
        label: FORMATS[format],
        onSelect: () => download.mutate(format),
      }))}
    />
  );
}

function DeleteDialog({
  report,
  onDeleted,
  onClose,
}: {
  report: SlaReport;
  onDeleted: () => void;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteSlaReport(report.id),
    async onSuccess() {
      onDeleted();
      toastSuccess(common.removed(report.name));
      void client.invalidateQueries({ queryKey: keys.slaReportList });
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(report.name)}
      action={messages.delete}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

function Details({ report, onDelete }: { report: SlaReport; onDelete: () => void }) {
  useTitle(report.name);
  const canDelete = useCan('manageMonitors');
  return (
    <>
      <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <PageTitle>{report.name}</PageTitle>
          <p className="mt-1 text-ink-soft text-sm">{describePeriod(report.period)}</p>
          <p className="text-ink-soft text-xs">
            {report.schedule_id === null ? messages.byHand : messages.bySchedule} ·{' '}
            {formatDateTimeIn(report.created_at, report.period.time_zone)}
          </p>
        </div>
        <div className="flex items-center gap-1.5">
          <DownloadMenu report={report} />
          {canDelete && (
            <IconButton label={common.remove(report.name)} onClick={onDelete}>
              <Trash2 className="size-4" aria-hidden />
            </IconButton>
          )}
        </div>
      </div>
      <ReportView content={report} />
    </>
  );
}

export function SlaReportPage() {
  const { reportId } = useParams({ from: '/logged-in/sla-reports/$reportId' });
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const gone = useRef(false);
  const query = useQuery({ ...slaReportQuery(reportId), enabled: () => !gone.current });
  if (query.error instanceof ApiError && [400, 404].includes(query.error.status)) return <NotFoundPage />;
  return (
    <>
      <BackLink to="/sla-reports">{PAGE_TITLES.slaReports}</BackLink>
      <QueryView query={query} loading={<Loading rows={4} className="h-24" />}>
        {(report) => (
          <>
            <Details report={report} onDelete={() => setDeleting(true)} />
            {deleting && (
              <DeleteDialog
                report={report}
                onDeleted={() => {
                  gone.current = true;
                  void navigate({ to: '/sla-reports' });
                }}
                onClose={() => setDeleting(false)}
              />
            )}
          </>
        )}
      </QueryView>
    </>
  );
}
