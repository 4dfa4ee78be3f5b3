import type { Delivery, DeliveryStatus } from '@/api/models';
import { formatQuantity } from '@/lib/format';
import { REPORT_LABELS } from '@/messages/delivery-trace';

export const STATUS_LABELS: Record<DeliveryStatus, string> = {
  pending: 'Pending',
  failed: 'Failed',
  sent: 'Sent',
  suppressed: 'Suppressed',
};

/** What became of it, by the service where that has reported. */
export const statusLabel = ({ status, reported }: Pick<Delivery, 'status' | 'reported'>): string =>
  reported ? REPORT_LABELS[reported.state] : STATUS_LABELS[status];

export const EMPTY_LABELS: Record<DeliveryStatus | 'any', string> = {
  any: 'No deliveries yet',
  pending: 'No pending deliveries',
  failed: 'No failed deliveries',
  sent: 'No sent deliveries',
  suppressed: 'No suppressed deliveries',
};

export const deliveryMessages = {
  deliveriesTo: (channel: string) => `Deliveries to ${channel}`,
  drill: 'Drill',
  retryingUntil: (time: string) => `Retrying until ${time}`,
  why: 'Why?',
  whyOf: (monitor: string) => `Why? ${monitor}`,
  resending: (channel: string) => `Resending to ${channel}`,
  resendFailed: 'Could not resend the notification',
};

/** Comes before the time of the last update. */
export function progressLabel(status: DeliveryStatus, attempts: number): string {
  if (status === 'suppressed') return '';
  return attempts === 0 ? 'Queued' : formatQuantity(attempts, 'attempt');
}
