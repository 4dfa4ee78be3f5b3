import type { Role } from './models';
import { roleValues } from './schema';

/** What a role is asked for; the API's document has which operation needs which. */
export type Permission =
  | 'respond'
  | 'manageMonitors'
  | 'manageTags'
  | 'seeSlaSchedules'
  | 'manageSlaSchedules'
  | 'seeMembers'
  | 'seeUsage'
  | 'manageChannels'
  | 'viewAlertPolicy'
  | 'manageAlertPolicy'
  | 'takeOver'
  | 'viewStatusPages'
  | 'manageStatusPages'
  | 'manageReports'
  | 'readAuditLog'
  | 'manageMembers'
  | 'manageApiKeys'
  | 'managePingKey'
  | 'manageOrganisation'
  | 'exportOrganisation'
  | 'ownOrganisation';

/** The smallest role that has a permission; each role may do what the ones before it may. */
export const SMALLEST_ROLE: Record<Permission, Role> = {
  respond: 'responder',
  manageMonitors: 'editor',
  manageTags: 'editor',
  seeSlaSchedules: 'viewer',
  manageSlaSchedules: 'editor',
  seeMembers: 'viewer',
  seeUsage: 'viewer',
  manageChannels: 'admin',
  viewAlertPolicy: 'viewer',
  manageAlertPolicy: 'admin',
  takeOver: 'responder',
  viewStatusPages: 'viewer',
  manageStatusPages: 'admin',
  manageReports: 'editor',
  readAuditLog: 'admin',
  manageMembers: 'admin',
  manageApiKeys: 'admin',
  managePingKey: 'admin',
  manageOrganisation: 'admin',
  exportOrganisation: 'admin',
  ownOrganisation: 'owner',
};

/** What concerns the whole organisation: whoever is narrowed to tags cannot do it, whatever the role. */
const OF_THE_ORGANISATION: ReadonlySet<Permission> = new Set<Permission>([
  'seeMembers',
  'seeUsage',
  'manageTags',
  'seeSlaSchedules',
  'manageSlaSchedules',
  'manageChannels',
  'viewAlertPolicy',
  'manageAlertPolicy',
  'takeOver',
  'viewStatusPages',
  'manageStatusPages',
  'manageReports',
  'readAuditLog',
  'manageMembers',
  'manageApiKeys',
  'managePingKey',
  'manageOrganisation',
]);

/** From the smallest to the greatest. */
export const ROLES: readonly Role[] = roleValues;

const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

export const can = (role: Role, permission: Permission, isNarrowed = false): boolean =>
  isAtLeast(role, SMALLEST_ROLE[permission]) && !(isNarrowed && OF_THE_ORGANISATION.has(permission));

/** Whether members and API keys of a role can be narrowed to tags: admins and owners see everything. */
export const canBeNarrowed = (role: Role): boolean => !isAtLeast(role, 'admin');

/** The roles that a member of the role `by` may give to others: only owners decide who is one. */
export const rolesGivenBy = (by: Role): Role[] =>
  can(by, 'manageMembers') ? ROLES.filter((role) => isAtLeast(by, role)) : [];

/** The roles that an API key of a creator of the role `by` may have: no key owns anything. */
export const rolesOfKeysBy = (by: Role): Role[] =>
  can(by, 'manageApiKeys') ? ROLES.filter((role) => role !== 'owner' && isAtLeast(by, role)) : [];

/** Whether somebody of the role `by` may change or remove a member of the role `member`. */
export const canChangeMember = (by: Role, member: Role): boolean =>
  can(by, 'manageMembers') && isAtLeast(by, member);
