import { expect, it } from 'vitest';
import type { VersionDifference } from '@/api/models';
import type { ItemKind } from '@/components/versions/item-links';
import { labelOf, labelsOf, type Names, rowsOf, settingsOf } from './fields';

const NAMES: Names = {
  monitor: (id) => `monitor ${id}`,
  tag: (id) => `tag ${id}`,
  policy: (id) => `policy ${id}`,
  target: ({ kind, id }) => `${kind} ${id}`,
};

/** "Duration: 60 min → 2 h". */
const lineOf = (kind: ItemKind, { field = '', before = null, after = null }: Partial<VersionDifference>) =>
  rowsOf([{ field, before, after, secret: false }], kind, NAMES)
    .map((row) => `${row.label}: ${row.before ?? '–'} → ${row.after ?? '–'}`)
    .join('; ');

it.each<[ItemKind, string, unknown, unknown, string]>([
  [
    'maintenance-windows',
    'monitors',
    [],
    [7, 8],
    'Monitors: None by name: all, unless there are tags → monitor 7, monitor 8',
  ],
  ['maintenance-windows', 'tags', ['eu'], [], 'Tags: eu → –'],
  ['maintenance-windows', 'repeat', 'once', 'weekly', 'Repeat: Once → Weekly'],
  ['maintenance-windows', 'time_zone', null, 'America/New_York', 'Time zone: – → America/New York'],
  ['alert-routes', 'continue', null, true, 'Continue with the next route: No → Yes'],
  ['alert-routes', 'recipients.channels', [5], null, 'Channels: channel 5 → –'],
  ['alert-routes', 'recipients.policy_id', null, 3, 'Escalation policy: – → policy 3'],
  ['alert-routes', 'conditions.tags', [1], [1, 2], 'Monitors with one of these tags: tag 1 → tag 1, tag 2'],
  ['escalation-policies', 'repeats', 0, 2, 'Repeat the steps: 0 times → 2 times'],
  ['escalation-policies', 'acknowledgement_minutes', 0, 60, 'Acknowledgement expires after: Never → 1 h'],
  ['on-call-schedules', 'future', 1, 2, 'future: 1 → 2'],
])('shows %s %s in the words of the form', (kind, field, before, after, expected) => {
  expect(lineOf(kind, { field, before, after })).toBe(expected);
});

it('shows steps and layers line by line, with the names of whom they name', () => {
  const steps = [
    { targets: [{ kind: 'schedule', id: 1 }] },
    { wait_minutes: 5, targets: [{ kind: 'team', id: 2 }], conditions: { severities: ['critical'] } },
  ];
  expect(lineOf('escalation-policies', { field: 'steps', after: steps })).toBe(
    'Steps: – → At once: on call in schedule 1\nAfter 5 min: team team 2 · Severity critical',
  );
  const layers = [
    { people: [3, 4], starts_at: '2026-11-02T09:00:00', rotation: { every: 2, unit: 'weeks' } },
  ];
  expect(lineOf('on-call-schedules', { field: 'layers', after: layers })).toBe(
    'Layers: – → 1. person 3, person 4 · every 2 weeks from 2026-11-02 09:00:00',
  );
});

it('shows when a layer applies, not only how often that is limited', () => {
  const weekly = { people: [3], starts_at: '2026-11-02T09:00:00', rotation: { every: 1, unit: 'weeks' } };
  const daily = { repeat: 'daily', from: '09:00:00', until: '17:00:00' };
  const weekend = {
    repeat: 'weekly',
    from_day: 'Fri',
    from: '17:00:00',
    until_day: 'Mon',
    until: '09:00:00',
  };
  const line = lineOf('on-call-schedules', {
    field: 'layers',
    before: [{ ...weekly, restrictions: [daily] }],
    after: [{ ...weekly, restrictions: [weekend] }],
  });
  const layer = '1. person 3 · every 1 weeks from 2026-11-02 09:00:00';
  expect(line).toBe(`Layers: ${layer} · daily 09:00–17:00 → ${layer} · Fri 17:00 – Mon 09:00`);
});

it('says of a window without monitors that it is not of none', () => {
  const rows = settingsOf({ name: 'Move', monitors: [], tags: [] }, 'maintenance-windows', NAMES);
  expect(rows.map(({ label, after }) => `${label}: ${after}`)).toEqual([
    'Name: Move',
    'Monitors: None by name: all, unless there are tags',
  ]);
});

it('lists the settings of a definition, recipients and conditions as one', () => {
  const definition = {
    name: 'Nights',
    conditions: { severities: ['critical'] },
    recipients: { to: 'nobody' },
    future: 1,
  };
  const rows = settingsOf(definition, 'alert-routes', NAMES);
  expect(rows.map(({ label, after }) => `${label}: ${after}`)).toEqual([
    'Name: Nights',
    'Which incidents: Severity critical',
    'Notify: Nobody',
  ]);
});

it('names fields once, also by what they are in', () => {
  expect(labelsOf(['recipients', 'recipients.to', 'name'], 'alert-routes')).toEqual(['Notify', 'Name']);
  expect(labelOf('steps.0.targets.1', 'escalation-policies')).toBe('Steps: 0.targets.1');
  expect(labelOf('version', 'escalation-policies')).toBeNull();
});
