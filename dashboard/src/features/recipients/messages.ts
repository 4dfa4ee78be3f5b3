import type { EmailRecipientState, Invitation } from '@/api/models';

export const recipientMessages = {
  title: 'Email alerts',
  confirm: 'Yes, send alerts',
  decline: 'No, I do not want alerts',
  changeToConfirm: 'Send alerts after all',
  changeToDecline: 'Stop sending alerts',
  askAgain: 'To get alerts again, ask the organisation to send you a confirmation email.',
};

/** What the page says, by what was answered so far. */
export const ANSWERS: Record<EmailRecipientState, (invitation: Invitation) => string> = {
  waiting: ({ organisation, address }) =>
    `${organisation} wants to send alerts to ${address} when one of its monitors goes down and when it is back up.`,
  confirmed: ({ organisation, address }) => `Alerts of ${organisation} are sent to ${address}.`,
  declined: ({ organisation, address }) => `Alerts of ${organisation} are not sent to ${address}.`,
};
