import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronDown, Megaphone } from 'lucide-react';
import type { ReportDraft } from '@/api/models';
import { reportDraftsQuery } from '@/api/status-reports';
import { useCan } from '@/api/use-session';
import { Button, buttonClass } from '@/components/button';
import { Menu } from '@/components/menu';
import { incidentPageMessages as messages } from './messages';

/** Where a report about an incident is written, or is read if there is one already. */
function targetOf({ status_page_id: pageId, report_id: reportId }: ReportDraft, incident: string) {
  return reportId === null
    ? ({ to: '/status-pages/$pageId/reports/new', params: { pageId }, search: { incident } } as const)
    : ({ to: '/status-pages/$pageId/reports/$reportId', params: { pageId, reportId } } as const);
}

/** Leads to a report on a status page that shows the monitor of an incident. Nothing where there is none. */
export function PublishReport({ incidentId }: { incidentId: string }) {
  const navigate = useNavigate();
  const { data } = useQuery({ ...reportDraftsQuery(incidentId), enabled: useCan('manageReports') });
  const [first, ...others] = data?.items ?? [];
  if (!first) return null;
  const icon = <Megaphone className="size-4" aria-hidden />;
  if (others.length === 0) {
    return (
      <Link {...targetOf(first, incidentId)} className={buttonClass()}>
        {icon}
        {first.report_id === null ? messages.publishReport : messages.openReport}
      </Link>
    );
  }
  return (
    <Menu
      trigger={
        <Button>
          {icon}
          {messages.publishReport}
          <ChevronDown className="-mr-1 size-3.5" aria-hidden />
        </Button>
      }
      items={[first, ...others].map((draft) => ({
        label: (draft.report_id === null ? messages.reportOn : messages.openReportOn)(
          draft.status_page_title,
        ),
        onSelect: () => void navigate(targetOf(draft, incidentId)),
      }))}
    />
  );
}
