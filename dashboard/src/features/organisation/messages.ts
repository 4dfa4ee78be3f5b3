import type { LimitKey, Role } from '@/api/models';
import { formatCount } from '@/lib/format';
import { ROLE_LABELS } from '@/messages/roles';
import { PAGE_TITLES } from '@/messages/terms';

export const LIMIT_LABELS: Record<LimitKey, string> = {
  monitors: 'Monitors',
  members: 'Members and invitations',
  invitations: 'Pending invitations',
  api_keys: 'API keys',
  channels: 'Channels',
  maintenance_windows: 'Maintenance windows',
  tags: 'Tags',
  sla_reports: PAGE_TITLES.slaReports,
  sla_schedules: 'Schedules of SLA reports',
  report_templates: 'Templates of reports',
  status_pages: 'Status pages',
  checks_on_request_per_day: 'Checks on request today (UTC)',
};

export const organisationMessages = {
  planAndUsage: 'Plan and usage',
  plan: (name: string) => `Plan: ${name}`,
  usedOf: (used: number, limit: number) => `${formatCount(used)} of ${formatCount(limit)}`,
  unlimited: (used: string) => `${used}, no limit`,
  nearLimit: 'Close to the limit.',
  atLimit: 'Limit reached. Delete some before you add more.',
  atDailyLimit: 'Limit reached. Counting starts again at midnight (UTC).',
  overLimit: 'Over the limit. Everything keeps working, but you cannot add more.',
  shortestInterval: (interval: string) => `Shortest check interval: ${interval}.`,
  retention: (days: string) => `Individual results are kept for ${days}.`,
  rename: 'Rename organisation',
  secondFactor: 'Second factor',
  secondFactorRequired: 'Required',
  secondFactorOptional: 'Not required',
  secondFactorRequiredHint: 'Members without one can open only their own account. API keys are not affected.',
  requireSecondFactor: 'Require a second factor',
  stopRequiring: 'Stop requiring a second factor',
  requireTitle: 'Require a second factor of all members?',
  requireHint:
    'Within seconds, members who have none can open only their own account until they turn it on. API keys are not affected.',
  stopTitle: 'Stop requiring a second factor?',
  stopHint: 'Members can then log in with their password alone.',
  ownFirst: 'Turn on your own second factor on the account page before you require it of others.',
  nowRequired: 'A second factor is now required',
  notRequired: 'A second factor is no longer required',
  yourRole: 'Your role',
  leave: 'Leave',
  leaveTitle: (name: string) => `Leave ${name}?`,
  leaveAction: 'Leave organisation',
  left: (name: string) => `You left ${name}`,
  leaveHint: (isOnlyOne: boolean) =>
    `You lose access within seconds, and API keys that you created stop working. To come back you need a new invitation.${
      isOnlyOne ? ' You are in no other organisation, so you will be logged out.' : ''
    }`,
  lastOwnerLeave:
    'You are the only owner. To leave, make another member an owner first, or delete the organisation.',
  onlyOwner: 'The only owner. Make another member an owner first.',
  you: 'You',
  joined: (time: string) => `joined ${time}`,
  roleOf: (name: string) => `Role of ${name}`,
  roleChanged: (name: string, role: Role) => `${name} is now ${ROLE_LABELS[role].toLowerCase()}`,
  roleFailed: (name: string) => `Could not change the role of ${name}`,
  ownRole: 'Change your own role?',
  ownRoleAction: 'Change my role',
  ownRoleHint: (role: Role) =>
    `As ${ROLE_LABELS[role].toLowerCase()} you have fewer rights, and cannot take this back yourself.`,
  narrow: (name: string) => `Choose what ${name} sees`,
  narrowTitle: (name: string) => `What ${name} sees`,
  narrowed: (name: string) => `What ${name} sees was changed`,
  narrowHint:
    'Takes effect within seconds. A member who sees only some monitors also sees only their incidents and deliveries, and cannot change anything that concerns the whole organisation.',
  removeMember: (name: string) => `Remove ${name}`,
  removeTitle: (name: string) => `Remove ${name}?`,
  removeAction: 'Remove member',
  memberRemoved: (name: string) => `${name} removed`,
  removeHint:
    'They lose access within seconds, and API keys that they created stop working. Notes and the audit log keep their name.',
  invite: 'Invite',
  inviteMember: 'Invite member',
  sendInvitation: 'Send invitation',
  invitations: 'Pending invitations',
  invitationSent: (email: string) => `Invitation sent to ${email}`,
  invitedBy: (name: string) => `Invited by ${name}`,
  expired: 'Expired',
  resend: 'Send again',
  resendTo: (email: string) => `Send the invitation to ${email} again`,
  resendFailed: (email: string) => `Could not send the invitation to ${email}`,
  withdraw: (email: string) => `Withdraw the invitation to ${email}`,
  withdrawTitle: (email: string) => `Withdraw the invitation to ${email}?`,
  withdrawAction: 'Withdraw invitation',
  withdrawn: 'Invitation withdrawn',
  notSent: (reason: string) => `Not sent: ${reason}`,
  linkTitle: 'Invitation link',
  linkHint: (email: string) =>
    `No mail server is set up, so no email was sent. Send this link to ${email} yourself: it works once, and only for this address.`,
};
