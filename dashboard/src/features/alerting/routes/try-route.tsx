import { useQuery } from '@tanstack/react-query';
import { alertRoutesQuery } from '@/api/alert-policy';
import type { AlertRoute, AlertRouteInput } from '@/api/models';
import { routedMonitorsQuery } from '@/api/monitors';
import { tagsQuery } from '@/api/tags';
import { TryOnPast } from '@/components/backtest/try-on-past';
import { routeMessages as messages } from './messages';
import { concerned, MAX_MONITORS, routesWith } from './tried';

interface Props {
  /** Null for a new one. */
  route: AlertRoute | null;
  /** What the form says; null while it is not valid. */
  input: AlertRouteInput | null;
  onInvalid: () => unknown;
}

/** Tries a route, among the others, on the monitors whose incidents it may take. */
export function TryRoute({ route, input, onInvalid }: Props) {
  const routes = useQuery(alertRoutesQuery).data;
  const tags = useQuery(tagsQuery).data;
  const monitors = useQuery(routedMonitorsQuery).data;
  const isLoaded = routes !== undefined && tags !== undefined && monitors !== undefined;
  const ids =
    isLoaded && input
      ? concerned(monitors, [input.conditions ?? {}, ...(route?.conditions ? [route.conditions] : [])], tags)
      : [];
  const tried =
    isLoaded && input
      ? {
          selection: { monitors: ids.slice(0, MAX_MONITORS) },
          candidate: { routes: routesWith(routes, route, input) },
        }
      : null;
  return (
    <TryOnPast
      tried={tried}
      isLoading={!isLoaded}
      nothing={tried && ids.length === 0 ? messages.concernsNone : null}
      note={ids.length > MAX_MONITORS ? messages.concernsMany(MAX_MONITORS, ids.length) : null}
      onInvalid={onInvalid}
    />
  );
}
