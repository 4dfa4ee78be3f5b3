import type { Monitor } from '@/api/models';
import { Badges } from './badges';
import { HowToPing } from './how-to-ping';
import { NextDates } from './next-dates';
import { Pings } from './pings';
import { Runs } from './run-chart';

/** What the page of a heartbeat has instead of checks and response times. */
export function HeartbeatSections({ monitor }: { monitor: Monitor }) {
  // Whoever has just added it has to see where to ping before all else.
  const isPinged = monitor.status.last_ping_at != null;
  return (
    <>
      {!isPinged && <HowToPing monitor={monitor} />}
      <NextDates monitor={monitor} />
      <Pings monitor={monitor} />
      <Runs monitor={monitor} />
      {isPinged && <HowToPing monitor={monitor} />}
      <Badges monitor={monitor} />
    </>
  );
}
