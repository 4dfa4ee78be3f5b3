import { isHeartbeat } from '@/api/heartbeats';
import type { Monitor } from '@/api/models';
import { decidingRegions } from '@/api/regions';

/** A check itself takes time, and so does its result. */
const GRACE_MS = 30_000;

export interface NextCheck {
  /** Milliseconds until it is due; negative once it is. */
  leftMs: number;
  /** Whether its result should long have been there. */
  isLate: boolean;
}

/** When a monitor is checked next, as far as that follows from its last check; null where nothing is to be expected. */
export function nextCheck(monitor: Monitor, now: number): NextCheck | null {
  const { interval_seconds: interval, paused, status } = monitor;
  // Several regions check one after the other.
  if (paused || interval === null || isHeartbeat(monitor) || decidingRegions(monitor).length > 0) return null;
  if (status.last_checked_at === null || status.state === 'paused') return null;
  const leftMs = Date.parse(status.last_checked_at) + interval * 1_000 - now;
  const { timeout_ms: timeout, retries, retry_delay_ms: delay } = monitor;
  const longestMs = (timeout ?? 0) * ((retries ?? 0) + 1) + (retries ?? 0) * (delay ?? 0);
  return { leftMs, isLate: leftMs < -(longestMs + GRACE_MS) };
}
