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
  editor: 'Changes monitors and maintenance windows, responds to incidents, and publishes reports.',
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
  manageTags: 'change tags',
  seeSlaSchedules: 'see the schedules of SLA reports',
  manageSlaSchedules: 'change the schedules of SLA reports',
  seeMembers: 'see the members',
  seeUsage: 'see what is used of the plan',
  manageChannels: 'add and change channels',
  viewAlertPolicy: 'see who is notified when',
  manageAlertPolicy: 'change who is notified when',
  takeOver: 'change who stands in on call',
  viewStatusPages: 'see status pages',
  manageStatusPages: 'add and change status pages',
  manageReports: 'publish reports on status pages',
  readAuditLog: 'see the audit log',
  manageMembers: 'change members',
  manageApiKeys: 'see and change API keys',
  managePingKey: 'see and replace the ping key, which is in addresses by slug',
  manageOrganisation: 'rename the organisation',
  exportOrganisation: 'export what the organisation has',
  ownOrganisation: 'delete the organisation',
};

/** "Viewer", or of whoever is narrowed to tags "Viewer of payments, search". */
export function describeAccess(role: Role, onlyTags: readonly string[] | null): string {
  if (onlyTags === null) return ROLE_LABELS[role];
  return `${ROLE_LABELS[role]} of ${onlyTags.length > 0 ? onlyTags.join(', ') : 'no monitors'}`;
}

/** "Admins and owners can change channels." */
export const whoMay = (permission: Permission): string =>
  `${NEEDED_BY[SMALLEST_ROLE[permission]]} can ${PERMISSIONS[permission]}.`;

export const roleMessages = {
  role: 'Role',
  roleIn: (role: Role, onlyTags: readonly string[] | null, organisation: string) =>
    `${describeAccess(role, onlyTags)} in ${organisation}`,
  notAllowed: 'Not available for your role',
  notNarrowed: 'Not available with limited access',
  narrowed: 'Your access is limited to some tags, and this concerns the whole organisation.',
  monitors: 'Monitors',
  all: 'All monitors',
  some: 'With these tags',
  someHint: 'Only monitors with at least one of these tags, and their incidents and deliveries.',
  noTags: 'There are no tags yet. Add tags to monitors first.',
  loadingTags: 'Loading tags',
  tagsFailed: (reason: string) => `Could not load tags: ${reason}`,
  chooseTag: 'choose at least one tag',
  ask: (role: Role, organisation: string) =>
    `You are ${role === 'viewer' || role === 'responder' ? 'a' : 'an'} ${role} in ${organisation}.`,
};
