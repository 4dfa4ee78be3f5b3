import type { AlertRoute, AlertRouteInput, BacktestRoute, Monitor, RouteConditions, Tag } from '@/api/models';

export const MAX_MONITORS = 100;

/** All routes in their order, with the edited one in its place; a new one comes last. */
export function routesWith(
  routes: readonly AlertRoute[],
  edited: AlertRoute | null,
  { conditions, recipients, continue: goesOn }: AlertRouteInput,
): BacktestRoute[] {
  const tried = {
    conditions: conditions ?? {},
    recipients: recipients ?? { to: 'nobody' },
    continue: goesOn ?? false,
  };
  const others = routes.flatMap((route): BacktestRoute[] => {
    if (route.id === edited?.id) return [tried];
    // One that cannot be read is passed by.
    if (!route.conditions || !route.recipients) return [];
    return [{ conditions: route.conditions, recipients: route.recipients, continue: route.continue }];
  });
  return edited ? others : [...others, tried];
}

/** Whether a route with these conditions may take an incident of the monitor. */
function mayTake(
  { tags = [], kinds = [], severities = [] }: RouteConditions,
  monitor: Monitor,
  known: readonly Tag[],
) {
  const names = known.filter(({ id }) => tags.includes(id)).map(({ name }) => name);
  return (
    (tags.length === 0 || monitor.tags.some((name) => names.includes(name))) &&
    (kinds.length === 0 || (monitor.kind != null && kinds.includes(monitor.kind))) &&
    (severities.length === 0 || severities.includes(monitor.severity))
  );
}

/** The monitors for which it may matter that a route changes from one of these conditions to the other. */
export const concerned = (
  monitors: readonly Monitor[],
  conditions: readonly RouteConditions[],
  tags: readonly Tag[],
): number[] =>
  monitors
    .filter(
      (monitor) =>
        monitor.recipients === null &&
        monitor.kind !== 'heartbeat' &&
        conditions.some((each) => mayTake(each, monitor, tags)),
    )
    .map(({ id }) => id);
