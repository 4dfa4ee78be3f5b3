import type { WhyOutcome } from '@/api/models';

/** Texts about what became of notifications, one by one. */
export const traceMessages = {
  deletedChannel: 'A deleted channel',
  queued: 'Queued',
  attempt: (number: number) => (number === 0 ? 'Given up before an attempt' : `Attempt ${number} failed`),
};

export const OUTCOME_LABELS: Record<WhyOutcome, string> = {
  pending: 'Pending',
  sent: 'Sent',
  failed: 'Failed',
  suppressed: 'Not sent',
};
