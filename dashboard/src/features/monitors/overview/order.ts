import { isKnown } from '@/api/as-of';
import { heartbeatState, isHeartbeat } from '@/api/heartbeats';
import type { Monitor, State } from '@/api/models';
import { nameOf, stateOf } from '@/api/monitors';
import { isUnseen } from '@/api/regions';
import { keysOf } from '@/lib/keys-of';
import { KIND_LABELS } from '@/messages/terms';

/** Whether a column begins with its largest value when somebody asks for its order first. */
const STARTS_DESCENDING = {
  state: false,
  name: false,
  type: false,
  checks: true,
  response: true,
  uptime: false,
  certificate: false,
};

export type Column = keyof typeof STARTS_DESCENDING;

export interface Order {
  by: Column;
  isDescending: boolean;
}

export const COLUMNS: readonly Column[] = keysOf(STARTS_DESCENDING);

/** What needs somebody comes first. */
export const DEFAULT_ORDER: Order = { by: 'state', isDescending: false };

/** The order as an address has it, "response" or "-response"; null where it is none. */
export function parseOrder(text: unknown): Order | null {
  if (typeof text !== 'string') return null;
  const isDescending = text.startsWith('-');
  const by = COLUMNS.find((each) => each === (isDescending ? text.slice(1) : text));
  return by === undefined ? null : { by, isDescending };
}

/** As `parseOrder` takes it; undefined for the order without one. */
export const formatOrder = ({ by, isDescending }: Order): string | undefined =>
  by === DEFAULT_ORDER.by && isDescending === DEFAULT_ORDER.isDescending
    ? undefined
    : `${isDescending ? '-' : ''}${by}`;

/** After a click on the heading of a column. */
export const nextOrder = (old: Order, by: Column): Order => ({
  by,
  isDescending: old.by === by ? !old.isDescending : STARTS_DESCENDING[by],
});

const RANKS: Record<State, number> = { down: 0, degraded: 1, up: 4, pending: 5, paused: 6 };
const LATE = 2;
const UNSEEN = 3;
const NOT_KNOWN = 7;

function rankOf(monitor: Monitor, now: number): number {
  if (!isKnown(monitor, 'status')) return NOT_KNOWN;
  const state = stateOf(monitor);
  if (isUnseen(monitor) && state !== 'paused') return UNSEEN;
  if (isHeartbeat(monitor) && heartbeatState(monitor, now) === 'late') return LATE;
  return RANKS[state];
}

/** How long the last answer took, where that says something of now. */
export function responseOf(monitor: Monitor): number | null {
  const state = stateOf(monitor);
  const answers = (state === 'up' || state === 'degraded') && !isUnseen(monitor) && !isHeartbeat(monitor);
  return answers ? monitor.status.latency_ms : null;
}

/** When the certificate expires that the last check has seen. */
export function certificateOf(monitor: Monitor): number | null {
  const at = monitor.status.tls_expires_at;
  return at && stateOf(monitor) !== 'paused' ? Date.parse(at) : null;
}

/** How many of the last checks have failed; that one was degraded weighs less than any failure. */
const failuresOf = ({ sparkline }: Monitor): number | null =>
  sparkline.length === 0
    ? null
    : sparkline.reduce((sum, { state }) => sum + (state === 'down' ? 1 : state === 'degraded' ? 0.01 : 0), 0);

const { compare } = new Intl.Collator(undefined, { numeric: true });

/** What a monitor is ordered by; null comes last in either direction. */
function sortValue(monitor: Monitor, by: Exclude<Column, 'name'>, rank: number): number | string | null {
  switch (by) {
    case 'state':
      return rank;
    case 'type':
      return monitor.kind === null ? null : KIND_LABELS[monitor.kind];
    case 'checks':
      return failuresOf(monitor);
    case 'response':
      return responseOf(monitor);
    case 'uptime':
      return monitor.uptime_24h;
    case 'certificate':
      return certificateOf(monitor);
  }
}

function compareValues(a: number | string | null, b: number | string | null, isDescending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === 'number' ? a - Number(b) : compare(a, String(b));
  return isDescending ? -order : order;
}

let knownNames: ReadonlyMap<string, number> = new Map();

/** Where names are among each other: comparing them as people count takes long, and they seldom change. */
function ranksOf(names: readonly string[]): ReadonlyMap<string, number> {
  if (names.some((name) => !knownNames.has(name))) {
    knownNames = new Map([...new Set(names)].sort(compare).map((name, rank) => [name, rank]));
  }
  return knownNames;
}

/** The monitors in an order: those alike by what needs somebody, then by name. */
export function sortMonitors(
  monitors: readonly Monitor[],
  { by, isDescending }: Order,
  now: number,
): Monitor[] {
  const names = ranksOf(monitors.map(nameOf));
  return monitors
    .map((monitor) => {
      const rank = rankOf(monitor, now);
      const place = names.get(nameOf(monitor)) ?? 0;
      return { monitor, rank, place, value: by === 'name' ? place : sortValue(monitor, by, rank) };
    })
    .sort(
      (a, b) =>
        compareValues(a.value, b.value, isDescending) ||
        a.rank - b.rank ||
        a.place - b.place ||
        a.monitor.id - b.monitor.id,
    )
    .map(({ monitor }) => monitor);
}
