import type { LinkedIncident, LinkedState } from '@/api/models';
import { formatDateTime } from '@/lib/format';

export const acknowledgeLinkMessages = {
  title: 'Acknowledge an incident',
  acknowledge: 'Acknowledge',
  hint: 'Reminders and escalations end. Everybody who was notified can see that it is being taken care of.',
};

/** Why there is no button, from the server's reason. */
export const notByThisLink = (reason: string) => `It cannot be acknowledged by this link: ${reason}.`;

const subject = ({ monitor_name: name, drill }: LinkedIncident) =>
  drill ? `The drill of ${name}` : `The incident of ${name}`;

/** What the page says of an incident. */
export const STANDS: Record<LinkedState, (incident: LinkedIncident) => string> = {
  open: (incident) => `${subject(incident)} has been ongoing since ${formatDateTime(incident.started_at)}.`,
  acknowledged: (incident) =>
    `${subject(incident)} was acknowledged on ${formatDateTime(incident.acknowledged?.at ?? incident.started_at)}.`,
  resolved: (incident) =>
    `${subject(incident)} ended on ${formatDateTime(incident.resolved_at ?? incident.started_at)}.`,
};
