import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { monitorQuery } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { NotFoundPage } from '@/components/fallback';
import { VersionView } from '@/components/versions/version-view';
import { useMonitorTrail } from './use-trail';

/** One definition that a monitor had: what differs from another, and restoring it. */
export function VersionPage() {
  const { monitorId, version } = useParams({ from: '/logged-in/monitors/$monitorId/history/$version' });
  const { against = null } = useSearch({ from: '/logged-in/monitors/$monitorId/history/$version' });
  const navigate = useNavigate({ from: '/monitors/$monitorId/history/$version' });
  const monitor = useQuery(monitorQuery(monitorId));
  const trail = useMonitorTrail(monitorId, monitor.data);
  if (monitor.error instanceof ApiError && monitor.error.status === 404) return <NotFoundPage />;
  return (
    <VersionView
      trail={trail}
      version={version}
      against={against}
      onCompare={(chosen) =>
        void navigate({
          search: chosen === null ? {} : { against: chosen },
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}
