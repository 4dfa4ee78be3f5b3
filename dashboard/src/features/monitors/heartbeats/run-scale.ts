import type { Ping } from '@/api/models';

/** A run that has ended. */
export interface Run {
  at: number;
  durationMs: number;
  ping: Ping;
}

/** The runs whose durations are known, the oldest first. */
export function runsOf(pings: readonly Ping[]): Run[] {
  return pings
    .flatMap((ping) => {
      const hasEnded = ping.kind === 'success' || ping.kind === 'fail';
      if (!hasEnded || ping.duration_ms === null) return [];
      return [{ at: Date.parse(ping.at), durationMs: ping.duration_ms, ping }];
    })
    .sort((a, b) => a.at - b.at);
}

const UNITS = [
  { ms: 86_400_000, label: 'd' },
  { ms: 3_600_000, label: 'h' },
  { ms: 60_000, label: 'min' },
  { ms: 1_000, label: 's' },
  { ms: 1, label: 'ms' },
] as const;

/** The unit in which an axis up to `maxMs` has at least two whole ticks. */
export const axisUnit = (maxMs: number): (typeof UNITS)[number] =>
  UNITS.find(({ ms }) => maxMs >= 2 * ms) ?? UNITS[4];
