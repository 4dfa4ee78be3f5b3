import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { onCallScheduleQuery } from '@/api/on-call';
import { ApiError } from '@/api/problem';
import { BackLink } from '@/components/back-link';
import { NotFoundPage } from '@/components/fallback';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { ItemHistoryLink } from '@/components/versions/item-links';
import { PAGE_TITLES } from '@/messages/terms';
import { editorMessages as messages } from './messages';
import { ScheduleForm } from './schedule-form';

export function NewSchedulePage() {
  return (
    <>
      <BackLink to="/on-call">{PAGE_TITLES.onCall}</BackLink>
      <PageHeader title={messages.new} />
      <RequirePermission permission="manageAlertPolicy">
        <ScheduleForm schedule={null} />
      </RequirePermission>
    </>
  );
}

export function EditSchedulePage() {
  const { scheduleId } = useParams({ from: '/logged-in/on-call/schedules/$scheduleId/edit' });
  const query = useQuery(onCallScheduleQuery(scheduleId));
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFoundPage />;
  return (
    <>
      <BackLink to="/on-call">{PAGE_TITLES.onCall}</BackLink>
      <PageHeader title={messages.edit} />
      <RequirePermission permission="manageAlertPolicy">
        <QueryView query={query} loading={<Loading rows={2} className="h-40" />}>
          {(schedule) => (
            <>
              <ScheduleForm key={schedule.id} schedule={schedule} />
              <ItemHistoryLink kind="on-call-schedules" id={schedule.id} />
            </>
          )}
        </QueryView>
      </RequirePermission>
    </>
  );
}
