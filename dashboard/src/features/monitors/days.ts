import type { Bucket, Incident } from '@/api/models';

export const DAY_MS = 86_400_000;

/** Below this part of the time a day was bad, and not just not perfect. */
export const BAD_BELOW = 0.99;

export type DayState = 'up' | 'degraded' | 'down' | 'none';

export interface Day {
  /** When it begins, in UTC. */
  at: string;
  /** The part of the measured time that was up; null where nothing was measured. */
  ratio: number | null;
  state: DayState;
  incidents: Incident[];
}

function stateOf(ratio: number | null): DayState {
  if (ratio === null) return 'none';
  if (ratio >= 1) return 'up';
  return ratio >= BAD_BELOW ? 'degraded' : 'down';
}

/** The last days, the oldest first, each with the incidents that lasted into it. */
export function daysOf(buckets: readonly Bucket[], incidents: readonly Incident[], count: number): Day[] {
  return buckets.slice(-count).map(({ at, availability: ratio }) => {
    const [begins, ends] = [Date.parse(at), Date.parse(at) + DAY_MS];
    return {
      at,
      ratio,
      state: stateOf(ratio),
      incidents: incidents.filter(
        ({ started_at: began, resolved_at: ended }) =>
          Date.parse(began) < ends && (ended === null || Date.parse(ended) > begins),
      ),
    };
  });
}

/** Less would not be seen. */
const LEAST_PART = 0.12;

/** How much of the bar of a day is coloured as down: the part of the time, and never too little to be seen. */
export const downPart = ({ ratio }: Pick<Day, 'ratio'>): number =>
  ratio === null || ratio >= 1 ? 0 : Math.max(LEAST_PART, 1 - ratio);
