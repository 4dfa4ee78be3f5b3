import { useQueries, useQuery } from '@tanstack/react-query';
import { incidentsOfQuery } from '@/api/incidents';
import type { TimeSpan } from '@/api/keys';
import type { Incident, MaintenanceOccurrence, MaintenanceWindow, Monitor } from '@/api/models';
import { spanOf } from '@/api/monitors';
import { occurrencesOfQuery, windowsQuery } from '@/api/windows';
import type { ChartMark } from '@/components/charts/marks';
import { describeCause } from '@/messages/incidents';

/** Of more windows it is not asked when they were: that takes a request each. */
const MAX_WINDOWS = 10;

/** Whether a window is one of a monitor's. */
export function concerns(
  { monitors, tags }: MaintenanceWindow,
  monitor: Pick<Monitor, 'id' | 'tags'>,
): boolean {
  if (monitors.length === 0 && tags.length === 0) return true;
  return monitors.includes(monitor.id) || tags.some((tag) => monitor.tags.includes(tag));
}

/** Whether a window may have been under way within a range; of those that recur only the server knows. */
function mayBeWithin(window: MaintenanceWindow, { from, to }: { from: string; to?: string }): boolean {
  if ('error' in window) return false;
  if (window.repeat !== 'once') return true;
  const end = to === undefined ? Date.now() : Date.parse(to);
  return Date.parse(window.until) > Date.parse(from) && Date.parse(window.from) < end;
}

/** The windows that are asked for: those of the monitor that may be within a range, the newest of them. */
export const windowsWithin = (
  windows: readonly MaintenanceWindow[],
  monitor: Pick<Monitor, 'id' | 'tags'>,
  span: { from: string; to?: string },
): MaintenanceWindow[] =>
  windows
    .filter((window) => concerns(window, monitor) && mayBeWithin(window, span))
    .toSorted((a, b) => b.id - a.id)
    .slice(0, MAX_WINDOWS);

/** One that is ongoing lasts until now. */
export const incidentMark = (incident: Incident, now: number): ChartMark => ({
  kind: 'incident',
  from: Date.parse(incident.started_at),
  until: incident.resolved_at ? Date.parse(incident.resolved_at) : now,
  label: describeCause(incident),
});

const windowMark = (name: string, { starts_at, ends_at }: MaintenanceOccurrence): ChartMark => ({
  kind: 'maintenance',
  from: Date.parse(starts_at),
  until: Date.parse(ends_at),
  label: name,
});

/** The incidents of a monitor and its maintenance windows, as they are set now, within a range. */
export function useMarks(monitor: Monitor, range: number | TimeSpan): ChartMark[] {
  const incidents = useQuery({ ...incidentsOfQuery(monitor.id, range), refetchInterval: 60_000 });
  const windows = useQuery(windowsQuery);
  const span = spanOf(range);
  const own = windowsWithin(windows.data?.items ?? [], monitor, span);
  // To the day, so that the question stays the same while a page is open.
  const since = `${span.from.slice(0, 10)}T00:00:00.000Z`;
  const occurrences = useQueries({ queries: own.map(({ id }) => occurrencesOfQuery(id, since)) });
  const now = Date.now();
  return [
    ...(incidents.data ?? []).map((incident) => incidentMark(incident, now)),
    ...own.flatMap(({ name }, index) =>
      (occurrences[index]?.data ?? [])
        .filter(({ state, starts_at }) => state !== 'cancelled' && Date.parse(starts_at) < now)
        .map((each) => windowMark(name, each)),
    ),
  ];
}
