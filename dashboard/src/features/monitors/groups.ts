import { isKnown } from '@/api/as-of';
import type { Monitor, State } from '@/api/models';
import { stateOf } from '@/api/monitors';

/** From the state that matters most to the one that matters least. */
export const STATES_BY_URGENCY: readonly State[] = ['down', 'degraded', 'up', 'pending', 'paused'];

/** Monitors that have a tag in common. */
export interface Group {
  /** Blank for those without a tag. */
  tag: string;
  monitors: Monitor[];
  /** Null where none is known. */
  worst: State | null;
  /** How many are in which state, without states in which none is; the worst first. */
  counts: [State, number][];
}

const urgency = (state: State | null): number =>
  state === null ? STATES_BY_URGENCY.length : STATES_BY_URGENCY.indexOf(state);

const { compare } = new Intl.Collator(undefined, { numeric: true });

function groupOf([tag, monitors]: [string, Monitor[]]): Group {
  const byState = new Map<State, number>();
  for (const monitor of monitors.filter((each) => isKnown(each, 'status'))) {
    const state = stateOf(monitor);
    byState.set(state, (byState.get(state) ?? 0) + 1);
  }
  const counts = [...byState].sort(([a], [b]) => urgency(a) - urgency(b));
  return { tag, monitors, counts, worst: counts[0]?.[0] ?? null };
}

/**
 * Groups monitors by tag, those in the worst state first and those in none that is known last, then by name, and those
 * without a tag after all. A monitor is in the group of each of its tags.
 */
export function groupByTag(monitors: readonly Monitor[]): Group[] {
  const byTag = new Map<string, Monitor[]>();
  for (const monitor of monitors) {
    const isTagged = monitor.tags.length > 0 && isKnown(monitor, 'tags');
    for (const tag of isTagged ? monitor.tags : ['']) {
      const group = byTag.get(tag);
      if (group) group.push(monitor);
      else byTag.set(tag, [monitor]);
    }
  }
  return [...byTag]
    .map(groupOf)
    .sort(
      (a, b) =>
        Number(a.tag === '') - Number(b.tag === '') ||
        urgency(a.worst) - urgency(b.worst) ||
        compare(a.tag, b.tag),
    );
}
