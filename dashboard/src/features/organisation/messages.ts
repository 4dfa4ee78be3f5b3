import type { Role } from '@/api/models';
import { ROLE_LABELS } from '@/messages/roles';

export const organisationMessages = {
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
  narrow: (name: string) => `Choose what ${name} sees`,
  narrowTitle: (name: string) => `What ${name} sees`,
  narrowed: (name: string) => `What ${name} sees was changed`,
  narrowHint:
    'It takes effect within seconds. Whoever sees only some monitors also sees only their incidents and deliveries, and changes nothing that concerns the whole organisation.',
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
