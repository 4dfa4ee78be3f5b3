import { type Permission, SMALLEST_ROLE } from '@/api/access';
import type { Role } from '@/api/models';

export const ROLE_LABELS: Record<Role, string> = {
  viewer: 'Viewer',
  responder: 'Responder',
  editor: 'Editor',
  admin: 'Admin',
  owner: 'Owner',
};

export const ROLE_DESCRIPTIONS: Record<Role, string> = {
  viewer: 'Sees everything except secrets, and changes nothing.',
  responder: 'Acknowledges incidents and adds notes.',
  editor: 'Changes monitors and maintenance windows, and responds to incidents.',
  admin: 'Changes everything, also channels, members and API keys, but not who is an owner.',
  owner: 'Changes everything, also who is an owner.',
};

const NEEDED_BY: Record<Role, string> = {
  viewer: 'Any member',
  responder: 'Responders, editors, admins and owners',
  editor: 'Editors, admins and owners',
  admin: 'Admins and owners',
  owner: 'Owners',
};

const PERMISSIONS: Record<Permission, string> = {
  respond: 'acknowledge incidents',
  manageMonitors: 'change monitors and maintenance windows',
  manageChannels: 'add and change channels',
  readAuditLog: 'see the audit log',
  manageMembers: 'change members',
  manageApiKeys: 'see and change API keys',
  manageOrganisation: 'rename the organisation',
  exportOrganisation: 'export what the organisation has',
  ownOrganisation: 'delete the organisation',
};

/** "Admins and owners can change channels." */
export const whoMay = (permission: Permission): string =>
  `${NEEDED_BY[SMALLEST_ROLE[permission]]} can ${PERMISSIONS[permission]}.`;

export const roleMessages = {
  role: 'Role',
  roleIn: (role: Role, organisation: string) => `${ROLE_LABELS[role]} in ${organisation}`,
  notAllowed: 'Not available for your role',
  ask: (role: Role, organisation: string) =>
    `You are ${role === 'viewer' || role === 'responder' ? 'a' : 'an'} ${role} in ${organisation}.`,
};
