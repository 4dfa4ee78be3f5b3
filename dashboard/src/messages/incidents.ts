import type { Incident } from '@/api/models';
import { formatQuantity } from '@/lib/format';
import { describeError } from './check-errors';
import { common } from './common';

/** Texts about incidents, wherever they are listed. */
export const incidentMessages = {
  ongoing: 'Ongoing',
  acknowledge: 'Acknowledge',
  acknowledgeAgain: 'Acknowledge again',
  acknowledgementExpired: 'Acknowledgement expired',
  acknowledgeFailed: 'Could not acknowledge the incident',
  acknowledgedBy: (name: string) => `Acknowledged by ${name}`,
  select: (monitor: string) => `Select the incident of ${monitor}`,
  lastError: (error: string) => `Last error: ${error}`,
  started: (time: string) => `Started ${time}`,
};

/** "1 incident", "No incidents". */
export const incidentCount = (count: number): string =>
  count === 0 ? 'No incidents' : formatQuantity(count, 'incident');

/** "1 ongoing incident", "No ongoing incidents". */
export const ongoingCount = (count: number): string =>
  count === 0 ? 'No ongoing incidents' : formatQuantity(count, 'ongoing incident');

const CLOSE_REASONS: Record<NonNullable<Incident['close_reason']>, string> = {
  recovered: 'Resolved',
  withdrawn: 'Closed: not overdue after all',
  edited: 'Closed: monitor edited',
  paused: 'Closed: monitor paused',
  deleted: 'Closed: monitor deleted',
  not_compared: 'Closed: not compared with what is usual any more',
};

export const closeReason = ({ close_reason }: Pick<Incident, 'close_reason'>): string =>
  CLOSE_REASONS[close_reason ?? 'recovered'];

export const describeCause = ({ error_code, first_error }: Incident): string =>
  describeError({ error_code, error: first_error });

/** In the past a name that is missing is one that is not known, and says nothing of the monitor. */
export function monitorNameOf(
  { monitor_id, monitor_name }: Pick<Incident, 'monitor_id' | 'monitor_name'>,
  isPast = false,
): string {
  if (monitor_name === null && !isPast) return common.deletedMonitor;
  return monitor_name?.trim() || common.namelessMonitor(monitor_id);
}
