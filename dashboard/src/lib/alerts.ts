import type { Alert } from '@/api/types';

/** What each alert is called. */
export const ALERT_LABELS: Record<Alert, string> = {
  down: 'DOWN',
  up: 'UP',
  reminder: 'Reminder',
  acknowledged: 'Acknowledged',
  degraded: 'DEGRADED',
  recovered: 'No longer DEGRADED',
};
