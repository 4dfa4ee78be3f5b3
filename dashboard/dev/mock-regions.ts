/** Three regions of the mock, one of which finds other things than the others. */
import type {
  CheckResult,
  IncidentRegions,
  Monitor,
  MonitorInput,
  RegionStatus,
  Regions,
} from '../src/api/models';
import { fail, on } from './mock-routes';

const HOME = 'eu';
const NAMES = [HOME, 'us', 'ap'];

/** From there everything fails that is checked from several regions. */
const FAILING = 'us';

on('get', '/regions', (): Regions => {
  const last_seen_at = new Date().toISOString();
  return { home: HOME, items: NAMES.map((name) => ({ name, pods: name === 'ap' ? 1 : 2, last_seen_at })) };
});

/** Where a monitor is checked from, in order. */
export const checkedFrom = ({ regions }: Monitor): string[] =>
  regions && regions.length > 0 ? regions : [HOME];

const isSeveral = (monitor: Monitor): boolean => checkedFrom(monitor).length > 1;

/** The share of checks that fail from a region. */
export const failingFrom = (monitor: Monitor, region: string, failing: number): number =>
  isSeveral(monitor) && region === FAILING ? 1 : failing;

/** When a region checks: the regions take turns, and the last one does now. */
export function slotOf(monitor: Monitor, region: string, now: string): string {
  const regions = checkedFrom(monitor);
  const behind = regions.length - 1 - regions.indexOf(region);
  const step = (monitor.interval_seconds ?? 60) / regions.length;
  return new Date(Date.parse(now) - behind * step * 1_000).toISOString();
}

function needed({ quorum }: Monitor, of: number): number {
  const down = quorum?.down ?? 'majority';
  if (down === 'all') return of;
  return down === 'majority' ? Math.floor(of / 2) + 1 : down;
}

/** The result that says what the monitor is, of the latest ones of its regions. */
export function decisive<Result extends CheckResult>(
  monitor: Monitor,
  results: Result[],
): Result | undefined {
  const down = results.filter(({ state }) => state === 'down');
  const others = results.filter(({ state }) => state !== 'down');
  const isDown = down.length >= needed(monitor, results.length);
  return (isDown ? down : others).at(-1) ?? results.at(-1);
}

/** What each region finds, since when. Nothing where there is one. */
export function votesOf(monitor: Monitor, results: CheckResult[]): RegionStatus[] {
  if (!isSeveral(monitor)) return [];
  return results.map((result) => {
    const { region, scheduled_at: at, latency_ms, error, error_code } = result;
    const state = result.state === 'skipped' ? 'unknown' : result.state;
    const before = monitor.status.regions?.find((each) => each.region === region);
    const since = before?.state === state ? (before.since ?? at) : at;
    return { region, state, since, last_checked_at: at, latency_ms, error, error_code };
  });
}

/** As they are when an incident begins; null where one region decides. */
export function foundBy(votes: RegionStatus[]): IncidentRegions | null {
  const namesIn = (...states: string[]) =>
    votes.filter(({ state }) => states.includes(state)).map(({ region }) => region);
  if (votes.length === 0) return null;
  return { down: namesIn('down'), up: namesIn('up', 'degraded'), absent: namesIn('absent', 'unknown') };
}

/** Like the server, leaves out regions where the home region checks alone, and a quorum of fewer than two. */
export function settleRegions(monitor: Monitor): Monitor {
  const { regions, quorum } = monitor;
  if (!regions?.length) delete monitor.regions;
  else monitor.regions = [...regions].sort();
  if (!regions || regions.length < 2) delete monitor.quorum;
  else monitor.quorum = { down: 'majority', ...quorum };
  return monitor;
}

/** Like the server, refuses regions that there are not, and a quorum without several. */
export function checkRegions({ regions, quorum }: MonitorInput, saved?: Monitor): void {
  const checked = regions === undefined ? (saved?.regions ?? []) : (regions ?? []);
  const wrong = checked.findIndex((name) => !NAMES.includes(name));
  if (wrong >= 0) {
    fail(422, '1 field is not valid', [{ field: `regions.${wrong}`, message: 'is not a region' }]);
  }
  if (quorum && checked.length < 2) {
    fail(422, '1 field is not valid', [{ field: 'quorum', message: 'is for two regions or more' }]);
  }
}
