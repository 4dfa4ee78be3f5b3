import { formatDate } from '@/lib/format';

/** Deletions that are pending. */
export const deletionMessages = {
  pendingAccount: (at: string) => `Your account will be deleted on ${formatDate(at)}.`,
  pendingOrganisation: (at: string) =>
    `This organisation will be deleted on ${formatDate(at)}. Nothing is checked, and API keys are refused.`,
  show: 'Show',
};
