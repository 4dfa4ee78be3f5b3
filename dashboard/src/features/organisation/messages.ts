import type { LimitKey, Role } from '@/api/models';
import { formatCount } from '@/lib/format';
import { ROLE_LABELS } from '@/messages/roles';

export const LIMIT_LABELS: Record<LimitKey, string> = {
  monitors: 'Monitors',
  members: 'Members and invitations',
  invitations: 'Pending invitations',
  api_keys: 'API keys',
  channels: 'Channels',
  maintenance_windows: 'Maintenance windows',
  tags: 'Tags',
};

export const organisationMessages = {
  planAndUsage: 'Plan and usage',
  plan: (name: string) => `Plan: ${name}`,
  usedOf: (used: number, limit: number) => `${formatCount(used)} of ${formatCount(limit)}`,
  unlimited: (used: string) => `${used}, no limit`,
  nearLimit: 'Close to the limit.',
  atLimit: 'Limit reached. Delete some before you add more.',
  overLimit: 'Over the limit. Everything keeps working, but you cannot add more.',
  shortestInterval: (interval: string) => `Shortest check interval: ${interval}.`,
  retention: (days: string) => `Individual results are kept for ${days}.`,
  rename: 'Rename organisation',
  yourRole: 'Your role',
  leave: 'Leave',
  leaveTitle: (name: string) => `Leave ${name}?`,
  leaveAction: 'Leave organisation',
  left: (name: string) => `You left ${name}`,
  leaveHint:
    'You lose access within seconds, and API keys that you created stop working. Somebody has to invite you to come back.',
  lastOwnerLeave: 'You are the only owner. Make another member an owner before you leave.',
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
