import { describe, expect, it } from 'vitest';
import {
  can,
  canBeNarrowed,
  canChangeMember,
  type Permission,
  ROLES,
  rolesGivenBy,
  rolesOfKeysBy,
} from './access';

describe('roles', () => {
  it.each<[Permission, boolean[]]>([
    ['respond', [false, true, true, true, true]],
    ['manageMonitors', [false, false, true, true, true]],
    ['manageTags', [false, false, true, true, true]],
    ['seeSlaSchedules', [true, true, true, true, true]],
    ['manageSlaSchedules', [false, false, true, true, true]],
    ['manageChannels', [false, false, false, true, true]],
    ['viewAlertPolicy', [true, true, true, true, true]],
    ['manageAlertPolicy', [false, false, false, true, true]],
    ['takeOver', [false, true, true, true, true]],
    ['viewStatusPages', [true, true, true, true, true]],
    ['manageReports', [false, false, true, true, true]],
    ['manageStatusPages', [false, false, false, true, true]],
    ['readAuditLog', [false, false, false, true, true]],
    ['manageMembers', [false, false, false, true, true]],
    ['manageApiKeys', [false, false, false, true, true]],
    ['managePingKey', [false, false, false, true, true]],
    ['manageOrganisation', [false, false, false, true, true]],
  ])('grow: %s', (permission, expected) => {
    expect(ROLES).toEqual(['viewer', 'responder', 'editor', 'admin', 'owner']);
    expect(ROLES.map((role) => can(role, permission))).toEqual(expected);
  });

  it('are given up to the own one, and owners only by owners', () => {
    expect(rolesGivenBy('editor')).toEqual([]);
    expect(rolesGivenBy('admin')).toEqual(['viewer', 'responder', 'editor', 'admin']);
    expect(rolesGivenBy('owner')).toEqual(ROLES);
    expect(canChangeMember('admin', 'admin')).toBe(true);
    expect(canChangeMember('admin', 'owner')).toBe(false);
    expect(canChangeMember('owner', 'owner')).toBe(true);
    expect(canChangeMember('editor', 'viewer')).toBe(false);
  });

  it('of API keys never own', () => {
    expect(rolesOfKeysBy('owner')).toEqual(['viewer', 'responder', 'editor', 'admin']);
    expect(rolesOfKeysBy('viewer')).toEqual([]);
  });
});

it('refuses what concerns the whole organisation to those who are narrowed to tags', () => {
  expect(can('editor', 'manageMonitors', true)).toBe(true);
  expect(can('editor', 'manageTags', true)).toBe(false);
  expect(can('editor', 'manageSlaSchedules', true)).toBe(false);
  expect(can('viewer', 'seeSlaSchedules', true)).toBe(false);
  expect(can('viewer', 'seeMembers')).toBe(true);
  expect(can('viewer', 'seeMembers', true)).toBe(false);
  expect(can('viewer', 'seeUsage')).toBe(true);
  expect(can('viewer', 'seeUsage', true)).toBe(false);
  expect(can('owner', 'manageChannels', true)).toBe(false);
  expect(can('viewer', 'viewAlertPolicy', true)).toBe(false);
  expect(can('responder', 'takeOver', true)).toBe(false);
  expect(can('viewer', 'viewStatusPages', true)).toBe(false);
  expect(can('editor', 'manageReports', true)).toBe(false);
  expect(ROLES.filter(canBeNarrowed)).toEqual(['viewer', 'responder', 'editor']);
});
