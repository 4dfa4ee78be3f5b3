import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { monitorQuery } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { BackLink } from '@/components/back-link';
import { NotFoundPage } from '@/components/fallback';
import { HistoryView } from '@/components/versions/history-view';
import { useMonitorTrail } from './use-trail';

/** Every definition that a monitor had, the newest first. */
export function HistoryPage() {
  const { monitorId } = useParams({ from: '/logged-in/monitors/$monitorId/history' });
  const monitor = useQuery(monitorQuery(monitorId));
  const trail = useMonitorTrail(monitorId, monitor.data);
  if (monitor.error instanceof ApiError && monitor.error.status === 404) return <NotFoundPage />;
  const back = (
    <BackLink to="/monitors/$monitorId" monitorId={monitorId}>
      {trail.name}
    </BackLink>
  );
  return <HistoryView trail={trail} back={back} />;
}
