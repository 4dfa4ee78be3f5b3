import type { AuditEvent } from '@/api/models';
import { capitalise, formatCount, formatQuantity } from '@/lib/format';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';

/** What somebody did with a resource, between the two names in a sentence: "Ada changed monitor Shop". */
const ACTIONS: Record<string, string> = {
  CreateMonitor: 'added monitor',
  EditMonitor: 'changed monitor',
  RestoreMonitorVersion: 'restored a version of monitor',
  DeleteMonitor: 'deleted monitor',
  PauseMonitor: 'paused monitor',
  ResumeMonitor: 'resumed monitor',
  MuteMonitor: 'muted monitor',
  UnmuteMonitor: 'unmuted monitor',
  PutMonitorByKey: 'saved monitor',
  DeleteMonitorByKey: 'deleted monitor',
  CloneMonitor: 'added monitor',
  BulkMonitors: 'changed monitor',
  RotateHeartbeat: 'replaced the ping addresses of',
  RotatePingKey: 'replaced the ping key',
  CreateTag: 'created tag',
  EditTag: 'changed tag',
  DeleteTag: 'deleted tag',
  CreateChannel: 'added channel',
  EditChannel: 'changed channel',
  DeleteChannel: 'deleted channel',
  CreateAlertRoute: 'added route',
  EditAlertRoute: 'changed route',
  RestoreAlertRouteVersion: 'restored a version of route',
  DeleteAlertRoute: 'deleted route',
  OrderAlertRoutes: 'changed the order of the routes',
  CreateEscalationPolicy: 'added escalation policy',
  EditEscalationPolicy: 'changed escalation policy',
  RestoreEscalationPolicyVersion: 'restored a version of escalation policy',
  DeleteEscalationPolicy: 'deleted escalation policy',
  CreateOnCallSchedule: 'added on-call schedule',
  EditOnCallSchedule: 'changed on-call schedule',
  RestoreOnCallScheduleVersion: 'restored a version of on-call schedule',
  DeleteOnCallSchedule: 'deleted on-call schedule',
  CreateOnCallOverride: 'added on-call override',
  DeleteOnCallOverride: 'deleted on-call override',
  CreateTeam: 'added team',
  EditTeam: 'changed team',
  DeleteTeam: 'deleted team',
  CreateCalendarFeed: 'created an address of an on-call calendar',
  DeleteCalendarFeed: 'deleted an address of an on-call calendar',
  ConfirmEmailRecipient: 'confirmed recipient',
  DeclineEmailRecipient: 'declined recipient',
  CreateOwnChannel: 'added own channel',
  EditOwnChannel: 'changed own channel',
  ConfirmOwnChannel: 'confirmed the number of own channel',
  DeleteOwnChannel: 'deleted own channel',
  SetOwnQuietHours: 'changed own quiet hours',
  CreateMaintenanceWindow: 'added maintenance window',
  EditMaintenanceWindow: 'changed maintenance window',
  RestoreMaintenanceWindowVersion: 'restored a version of maintenance window',
  DeleteMaintenanceWindow: 'deleted maintenance window',
  CancelMaintenanceOccurrence: 'cancelled an occurrence of maintenance window',
  RestoreMaintenanceOccurrence: 'restored an occurrence of maintenance window',
  CreateSilence: 'added silence',
  EditSilence: 'changed silence',
  EndSilence: 'ended silence',
  StartDrill: 'began drill',
  AcknowledgeDrill: 'acknowledged drill',
  EndDrill: 'ended drill',
  CreateDrillSchedule: 'added drill schedule',
  EditDrillSchedule: 'changed drill schedule',
  DeleteDrillSchedule: 'deleted drill schedule',
  CreateSlaReport: 'made SLA report',
  DeleteSlaReport: 'deleted SLA report',
  CreateSlaSchedule: 'added SLA schedule',
  EditSlaSchedule: 'changed SLA schedule',
  DeleteSlaSchedule: 'deleted SLA schedule',
  CreateStatusPage: 'created status page',
  EditStatusPage: 'changed status page',
  DeleteStatusPage: 'deleted status page',
  CreateStatusReport: 'published report',
  EditStatusReport: 'changed report',
  DeleteStatusReport: 'deleted report',
  AddReportUpdate: 'added an update to report',
  EditReportUpdate: 'changed an update of report',
  CreateReportTemplate: 'added template',
  EditReportTemplate: 'changed template',
  DeleteReportTemplate: 'deleted template',
  AddSubscribers: 'added subscribers to status page',
  RemoveSubscriber: 'removed subscriber',
  CreateDestination: 'added destination',
  EditDestination: 'changed destination',
  DeleteDestination: 'deleted destination',
  AcknowledgeIncident: 'acknowledged the incident of',
  AddIncidentNote: 'added a note to the incident of',
  InviteMember: 'invited',
  ResendInvitation: 'sent the invitation again to',
  WithdrawInvitation: 'withdrew the invitation to',
  AcceptInvitation: 'joined as',
  EditMember: 'changed the role of',
  RemoveMember: 'removed member',
  LeaveOrganisation: 'left the organisation:',
  CreateApiKey: 'created API key',
  RevokeApiKey: 'revoked API key',
  Register: 'registered',
  CreateOrganisation: 'created organisation',
  EditOrganisation: 'changed organisation',
  ConfirmSecondFactor: 'turned on the second factor',
  DisableSecondFactor: 'turned off the second factor',
  RemoveSecondFactor: 'removed the second factor of',
  RegenerateRecoveryCodes: 'created new recovery codes',
  LoginSecondFactor: 'logged in with a recovery code',
  FinishSignIn: 'linked a login',
  UnlinkIdentity: 'unlinked a login',
  DeleteOrganisation: 'asked for the deletion of the organisation',
  CancelOrganisationDeletion: 'cancelled the deletion of the organisation',
  ExportOrganisation: 'exported the organisation',
  DeleteAccount: 'asked for the deletion of their account',
};

/** Where the object of the sentence would say once more who did it, or in which organisation. */
const OF_THE_ACTOR: Record<string, string | undefined> = {
  AcceptInvitation: 'joined the organisation',
  LeaveOrganisation: 'left the organisation',
  Register: 'registered',
  ConfirmSecondFactor: ACTIONS.ConfirmSecondFactor,
  DisableSecondFactor: ACTIONS.DisableSecondFactor,
  RegenerateRecoveryCodes: ACTIONS.RegenerateRecoveryCodes,
  LoginSecondFactor: ACTIONS.LoginSecondFactor,
  FinishSignIn: ACTIONS.FinishSignIn,
  UnlinkIdentity: ACTIONS.UnlinkIdentity,
  RotatePingKey: ACTIONS.RotatePingKey,
  OrderAlertRoutes: ACTIONS.OrderAlertRoutes,
  CreateCalendarFeed: ACTIONS.CreateCalendarFeed,
  DeleteCalendarFeed: ACTIONS.DeleteCalendarFeed,
  ExportOrganisation: ACTIONS.ExportOrganisation,
  DeleteOrganisation: ACTIONS.DeleteOrganisation,
  CancelOrganisationDeletion: ACTIONS.CancelOrganisationDeletion,
  DeleteAccount: ACTIONS.DeleteAccount,
};

const VERBS: Record<string, string> = {
  add: 'added',
  create: 'created',
  delete: 'deleted',
  edit: 'changed',
  remove: 'removed',
  resend: 'resent',
  test: 'tested',
};

/** For what this version does not know: "EditStatusPage" becomes "changed status page". */
function fromName(action: string): string {
  const [verb = '', ...object] = action
    .replace(/(?<=.)(?=\p{Lu})/gu, ' ')
    .toLowerCase()
    .split(' ');
  return [VERBS[verb] ?? `made the change “${verb}” of`, ...object].join(' ');
}

/** Logging in with an invitation accepts it. */
const ACCEPTS = new Set(['Login', 'LoginSecondFactor', 'FinishSignIn']);

/** The action that says what was done with the resource, where one action does several things. */
export const actionOf = ({ action, resource }: Pick<AuditEvent, 'action' | 'resource'>): string =>
  resource === 'member' && ACCEPTS.has(action) ? 'AcceptInvitation' : action;

export const describeAction = (action: string): string =>
  OF_THE_ACTOR[action] ?? ACTIONS[action] ?? fromName(action);

export const isAboutActor = (action: string): boolean => action in OF_THE_ACTOR;

const NAMELESS = new Set([
  'invitation',
  'incident',
  'on_call_override',
  'status_page_subscribers',
  'status_page_subscriber',
]);

/** For what never has a name: "invited a member". Null for what is named by its id. */
export const describeNameless = (action: string, resource: string): string | null =>
  NAMELESS.has(resource) ? (ACTION_OBJECTS[action] ?? null) : null;

/** For the filter: "Changed the role of a member". */
const ACTION_OBJECTS: Record<string, string> = {
  AcknowledgeIncident: 'acknowledged an incident',
  AddIncidentNote: 'added a note to an incident',
  CreateOnCallOverride: 'added an on-call override',
  DeleteOnCallOverride: 'deleted an on-call override',
  InviteMember: 'invited a member',
  AddSubscribers: 'added subscribers to a status page',
  RemoveSubscriber: 'removed a subscriber of a status page',
  ResendInvitation: 'sent an invitation again',
  WithdrawInvitation: 'withdrew an invitation',
  EditMember: 'changed the role of a member',
  CloneMonitor: 'cloned monitor',
  BulkMonitors: 'changed monitors together',
  RotateHeartbeat: 'replaced ping addresses',
  PutMonitorByKey: 'saved monitor by its key',
  DeleteMonitorByKey: 'deleted monitor by its key',
  RemoveSecondFactor: 'removed a second factor',
  LeaveOrganisation: 'left the organisation',
};

export const ACTION_OPTIONS: readonly { value: string; label: string }[] = Object.keys(ACTIONS).map(
  (value) => ({ value, label: capitalise(ACTION_OBJECTS[value] ?? describeAction(value)) }),
);

export const RESOURCE_LABELS: Record<string, string> = {
  monitor: 'Monitors',
  ping_addresses: 'Ping addresses',
  ping_key: 'Ping key',
  incident: 'Incidents',
  tag: 'Tags',
  maintenance_window: 'Maintenance windows',
  silence: ALERTING_TITLES.silences,
  drill: 'Drills',
  drill_schedule: 'Drill schedules',
  channel: 'Channels',
  alert_route: ALERTING_TITLES.routes,
  escalation_policy: ALERTING_TITLES.policies,
  on_call_schedule: 'On-call schedules',
  on_call_override: 'On-call overrides',
  team: 'Teams',
  calendar_feed: 'On-call calendars',
  sla_report: PAGE_TITLES.slaReports,
  sla_schedule: 'SLA schedules',
  status_page: 'Status pages',
  status_report: 'Reports',
  report_update: 'Updates of reports',
  report_template: 'Templates of reports',
  status_page_subscribers: 'Subscribers added',
  status_page_subscriber: 'Subscribers removed',
  status_page_destination: 'Destinations',
  member: accountMessages.members,
  invitation: 'Invitations',
  api_key: accountMessages.apiKeys,
  organisation: accountMessages.organisation,
  organisation_deletion: 'Deletion',
  export: 'Exports',
};

const ACTOR_NAMES: Record<AuditEvent['actor']['kind'], (name: string) => string> = {
  user: (name) => name,
  key: (name) => `API key ${name}`,
  slack: (name) => `${name} (Slack)`,
  system: () => common.productName,
};

export const actorName = ({ kind, name, id }: AuditEvent['actor']): string =>
  ACTOR_NAMES[kind](name.trim() || (id === null ? '?' : `#${id}`));

export const auditMessages = {
  about: 'Every change of the last 400 days, and who made it. Secrets are not shown.',
  anyAction: 'Any action',
  anyResource: 'Anything',
  anyone: 'Anyone',
  apiKey: 'API key',
  anyKey: 'Any key',
  action: 'Action',
  resource: 'Resource',
  person: 'Person',
  from: 'From',
  to: 'To',
  none: 'No changes yet',
  noneHint: 'Changes to monitors, channels, members and API keys will appear here.',
  noMatches: 'No matching changes',
  noMatchesHint: 'Try other filters or a longer period.',
  clear: 'Reset filters',
  export: 'Export',
  exportCsv: 'CSV file',
  exportJson: 'JSON file',
  exporting: (count: number) => `Exporting ${formatCount(count)}`,
  exported: (count: number) => `${formatQuantity(count, 'change')} exported`,
  exportFailed: 'Could not export the audit log',
  fields: (count: number) => formatQuantity(count, 'field'),
  changed: (count: number) => `${formatQuantity(count, 'field')} changed`,
  changesOf: (sentence: string) => `Fields: ${sentence}`,
  history: 'History of this monitor',
  version: (version: number) => `Version ${formatCount(version)}`,
  field: 'Field',
  before: 'Before',
  after: 'After',
  unset: '–',
  personWithId: (id: number) => `#${id}`,
};
