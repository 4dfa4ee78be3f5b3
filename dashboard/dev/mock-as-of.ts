/** Mock answers as of an earlier instant: what the results and incidents that are kept came to by then. */
import type { CheckResult, Incident, Monitor, Summary } from '../src/api/models';
import { invalid, isEmpty } from './mock-accounts';
import * as data from './mock-data';
import { checkedFrom } from './mock-regions';
import { list, pageOf, type Query } from './mock-routes';

const KEPT_MS = 400 * 86_400_000;
/** How far the clock of who asks may be ahead. */
const AHEAD_MS = 60_000;
const SPARKLINE_LENGTH = 30;

/** The instant as of which is asked; null is now. */
export function instantOf({ at }: Query): string | null {
  if (at === undefined) return null;
  const instant = Date.parse(at);
  if (Number.isNaN(instant)) return invalid('at', 'must be a timestamp');
  if (instant > Date.now() + AHEAD_MS) return invalid('at', 'must not lie in the future');
  const since = new Date(Date.now() - KEPT_MS).toISOString();
  if (at < since) {
    return invalid('at', `must not lie before ${since}, since when what was answered is known`);
  }
  return new Date(Math.min(instant, Date.now())).toISOString();
}

/** Undefined where it was not found yet. */
export function incidentAt(incident: Incident, at: string | null): Incident | undefined {
  if (at === null) return incident;
  const { started_at: began, resolved_at: ended, acknowledged, notes } = incident;
  if (began > at) return undefined;
  const isOver = ended !== null && ended < at;
  const seconds = Math.round((Date.parse(at) - Date.parse(began)) / 1_000);
  return {
    ...incident,
    ...(!isOver && { resolved_at: null, close_reason: null, last_error: null, duration_seconds: seconds }),
    acknowledged: acknowledged && acknowledged.at <= at ? acknowledged : null,
    ...(notes && { notes: notes.filter((note) => note.at <= at) }),
    as_of: at,
  };
}

export const incidentsAt = (at: string | null): Incident[] =>
  isEmpty() ? [] : data.incidents.flatMap((each) => incidentAt(each, at) ?? []);

/** Its cursor leads on as of the same instant. */
export function incidentPage(query: Query, matches: (incident: Incident) => boolean) {
  const [cursor = '0', of = query.at] = (query.cursor ?? '0').split('@');
  const at = of === undefined ? null : instantOf({ ...query, at: of });
  const page = pageOf(incidentsAt(at).filter(matches), { ...query, cursor });
  const isLast = at === null || page.next_cursor === null;
  return isLast ? page : { ...page, next_cursor: `${page.next_cursor}@${at}` };
}

/** A failure that no incident came of counts for nothing yet. */
const stateOf = ({ state }: CheckResult, isDown: boolean): Monitor['status']['state'] => {
  if (isDown) return 'down';
  return state === 'degraded' ? 'degraded' : 'up';
};

/** Of what its state is not known, like the server. */
const notKnown = (monitor: Monitor, at: string): Monitor => ({
  ...monitor,
  status: data.PENDING,
  uptime_24h: null,
  sparkline: [],
  not_known: ['status'],
  as_of: at,
});

/** Undefined where it was not made yet. */
export function monitorAt(monitor: Monitor, at: string | null): Monitor | undefined {
  if (at === null) return monitor;
  const results = data
    .resultsOf(monitor.id)
    .filter(({ checked_at }) => checked_at !== null && checked_at <= at);
  const [latest] = results;
  if (monitor.kind === 'heartbeat' || checkedFrom(monitor).length > 1) return notKnown(monitor, at);
  if (!latest) return undefined;
  const open = incidentsAt(at).find((each) => each.monitor_id === monitor.id && each.resolved_at === null);
  return {
    ...monitor,
    paused: false,
    muted: false,
    muted_until: null,
    status: {
      ...data.PENDING,
      state: stateOf(latest, open !== undefined),
      since: open?.started_at ?? null,
      last_checked_at: latest.checked_at,
      latency_ms: latest.latency_ms,
      status_code: latest.status_code,
      error: open ? (latest.error ?? open.first_error) : null,
      error_code: open?.error_code ?? null,
      incident_id: open?.id ?? null,
    },
    uptime_24h: null,
    sparkline: results
      .slice(0, SPARKLINE_LENGTH)
      .reverse()
      .map(({ scheduled_at, state, latency_ms }) => ({ at: scheduled_at, state, latency_ms })),
    as_of: at,
  };
}

const monitorsAt = (at: string | null): Monitor[] =>
  isEmpty() ? [] : [...data.monitors.values()].flatMap((each) => monitorAt(each, at) ?? []);

export function findMonitors(query: Query) {
  const { q = '', state, kind, tag } = query;
  const matching = monitorsAt(instantOf(query)).filter(
    (m) =>
      `${m.name} ${m.url}`.toLowerCase().includes(q.toLowerCase()) &&
      (!state || (m.status.state === state && !m.not_known)) &&
      (!kind || m.kind === kind) &&
      (!tag || m.tags.includes(tag)),
  );
  return list(matching);
}

export function summary(query: Query): Summary {
  const at = instantOf(query);
  const counts = { up: 0, degraded: 0, down: 0, pending: 0, paused: 0 };
  const monitors = monitorsAt(at);
  const known = monitors.filter((each) => !each.not_known);
  for (const { status } of known) counts[status.state]++;
  const open = incidentsAt(at).filter((each) => each.resolved_at === null).length;
  const then = at === null ? {} : { not_known: monitors.length - known.length, as_of: at };
  return { ...counts, open_incidents: open, checks_last_hour: counts.up * 60, ...then };
}
