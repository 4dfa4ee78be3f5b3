import type { ReportedState, WhyOutcome } from '@/api/models';

/** Texts about what became of notifications, one by one. */
export const traceMessages = {
  deletedChannel: 'A deleted channel',
  queued: 'Queued',
  attempt: (number: number) => (number === 0 ? 'Given up before an attempt' : `Attempt ${number} failed`),
};

/** What a service reports of a message that it took. */
export const REPORT_LABELS: Record<ReportedState, string> = {
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Failed',
};

export const OUTCOME_LABELS: Record<WhyOutcome, string> = {
  pending: 'Pending',
  sent: 'Sent',
  failed: 'Failed',
  suppressed: 'Not sent',
};
