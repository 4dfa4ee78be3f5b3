import { expect, it } from 'vitest';
import type { MaintenanceOccurrence, WindowSchedule } from '@/api/models';
import { toInstant } from '@/lib/time-zone';
import { maintenanceWindow } from '../../test/server';
import { covers, currentOf, groupByPhase, inMaintenance, maybeActive, occurrence } from './occurrence';

const at = (text: string) => Date.parse(text);
const NIGHT: WindowSchedule = {
  repeat: 'weekly',
  weekday: 'Sun',
  from: '02:30:00',
  minutes: 90,
  time_zone: 'Europe/Berlin',
};

it.each([
  // Winter, summer.
  ['2026-11-22T01:30:00Z', '2026-11-22T03:00:00Z'],
  ['2026-07-05T00:30:00Z', '2026-07-05T02:00:00Z'],
  // The clocks go forward: 02:30 does not exist. The clocks go back: 02:30 comes twice.
  ['2026-03-29T01:30:00Z', '2026-03-29T02:00:00Z'],
  ['2026-10-25T00:30:00Z', '2026-10-25T03:00:00Z'],
])('follows local time, from %s', (from, until) => {
  const span = { from: at(from), until: at(until) };
  expect(occurrence(NIGHT, at(from))).toEqual({ phase: 'active', ...span });
  expect(occurrence(NIGHT, at(until) - 1)).toEqual({ phase: 'active', ...span });
  expect(occurrence(NIGHT, at(from) - 1)).toEqual({ phase: 'upcoming', ...span });
  expect(occurrence(NIGHT, at(until))?.from).toBeGreaterThan(at(until));
});

it('extends into the next week', () => {
  const long: WindowSchedule = { ...NIGHT, weekday: 'Sat', minutes: 3 * 24 * 60, time_zone: 'UTC' };
  // A Monday.
  expect(occurrence(long, at('2026-11-23T12:00:00Z'))).toEqual({
    phase: 'active',
    from: at('2026-11-21T02:30:00Z'),
    until: at('2026-11-24T02:30:00Z'),
  });
});

it('has no occurrence in an unknown time zone', () => {
  expect(occurrence({ ...NIGHT, time_zone: 'Mars/Base' }, 0)).toBeNull();
});

it('converts a local time east and west of Greenwich', () => {
  const local = Date.UTC(2026, 11, 1, 22);
  expect(toInstant(local, 'America/Los_Angeles')).toBe(at('2026-12-02T06:00:00Z'));
  expect(toInstant(local, 'Asia/Kolkata')).toBe(at('2026-12-01T16:30:00Z'));
});

it('groups windows by phase, in order of time', () => {
  const now = at('2026-11-22T01:00:00Z');
  const once = (id: number, from: string, until: string) =>
    maintenanceWindow({ repeat: 'once', from, until }, { id });
  const windows = [
    once(1, '2026-11-20T00:00:00Z', '2026-11-20T01:00:00Z'),
    once(2, '2026-11-21T00:00:00Z', '2026-11-21T01:00:00Z'),
    once(3, '2026-12-01T00:00:00Z', '2026-12-01T01:00:00Z'),
    once(4, '2026-11-22T00:00:00Z', '2026-11-22T04:00:00Z'),
    maintenanceWindow(NIGHT, { id: 5 }),
  ];
  const ids = Object.entries(groupByPhase(windows, new Map(), now)).map(([phase, each]) => [
    phase,
    each.map(({ window }) => window.id),
  ]);
  expect(Object.fromEntries(ids)).toEqual({ active: [4], upcoming: [5, 3], past: [2, 1] });
});

const named = (
  from: string,
  until: string,
  state: MaintenanceOccurrence['state'],
): MaintenanceOccurrence => ({
  starts_at: from,
  ends_at: until,
  state,
});

it('takes the first occurrence that is neither cancelled nor over, whatever the server has called it', () => {
  const occurrences = [
    named('2026-11-20T00:00:00Z', '2026-11-20T01:00:00Z', 'scheduled'),
    named('2026-11-22T00:00:00Z', '2026-11-22T02:00:00Z', 'cancelled'),
    named('2026-11-22T00:30:00Z', '2026-11-22T03:00:00Z', 'scheduled'),
  ];
  expect(currentOf(occurrences, at('2026-11-22T01:00:00Z'))?.phase).toBe('active');
  expect(currentOf(occurrences, at('2026-11-22T00:00:00Z'))?.phase).toBe('upcoming');
  expect(currentOf(occurrences, at('2026-11-22T03:00:00Z'))).toBeNull();
});

it('believes the server about cancelled occurrences, and about windows that somebody has ended', () => {
  const now = at('2026-11-22T02:00:00Z');
  const later = named('2026-11-29T01:30:00Z', '2026-11-29T03:00:00Z', 'scheduled');
  const windows = [
    maintenanceWindow(NIGHT, { id: 1 }),
    maintenanceWindow(
      { repeat: 'once', from: '2026-11-22T00:00:00Z', until: '2026-11-22T04:00:00Z' },
      { id: 2 },
    ),
  ];
  const phasesOf = (known: Map<number, MaintenanceOccurrence[]>) => {
    const groups = groupByPhase(windows, known, now);
    return [groups.active, groups.upcoming, groups.past].map((each) => each.map(({ window }) => window.id));
  };
  expect(phasesOf(new Map())).toEqual([[1, 2], [], []]);
  const tonight = named('2026-11-22T01:30:00Z', '2026-11-22T01:45:00Z', 'cancelled');
  const known = new Map([
    [1, [tonight, later]],
    [2, []],
  ]);
  expect(phasesOf(known)).toEqual([[], [1], [2]]);
});

it('covers the monitors of windows that are under way, by name, by tag or all of them', () => {
  const now = at('2026-11-22T01:00:00Z');
  const span = { repeat: 'once' as const, from: '2026-11-22T00:00:00Z', until: '2026-11-22T04:00:00Z' };
  const rule = {
    repeat: 'recurring' as const,
    rule: 'FREQ=DAILY',
    starts: '2026-11-01T00:00:00',
    minutes: 60,
    time_zone: 'UTC',
  };
  const windows = [
    maintenanceWindow(span, { id: 1, monitors: [7] }),
    maintenanceWindow(span, { id: 2, tags: ['shop'] }),
    maintenanceWindow({ ...span, until: '2026-11-22T00:30:00Z' }, { id: 3, monitors: [8] }),
    maintenanceWindow(rule, { id: 4, monitors: [9] }),
    maintenanceWindow({ error: 'no such rule' }, { id: 5 }),
  ];
  expect(maybeActive(windows, now).map(({ id }) => id)).toEqual([1, 2, 4]);
  const ended = { starts_at: span.from, ends_at: '2026-11-22T00:50:00Z', state: 'ended' as const };
  const daily = {
    starts_at: '2026-11-22T00:30:00Z',
    ends_at: '2026-11-22T01:30:00Z',
    state: 'active' as const,
  };
  const named = (known: [number, MaintenanceOccurrence[]][]) => {
    const coverage = inMaintenance(windows.slice(0, 4), new Map(known), now);
    const candidates = [7, 8, 9].map((id) => ({ id, tags: [] as string[] }));
    return [...candidates, { id: 10, tags: ['shop'] }]
      .filter((each) => covers(coverage, each))
      .map(({ id }) => id);
  };
  expect(named([[4, [daily]]])).toEqual([7, 9, 10]);
  // Somebody has ended one of them, and cancelled another.
  expect(
    named([
      [1, [ended]],
      [4, [{ ...daily, state: 'cancelled' }]],
    ]),
  ).toEqual([10]);
  const all = inMaintenance([maintenanceWindow(span, { id: 6 })], new Map(), now);
  expect(covers(all, { id: 99, tags: [] })).toBe(true);
});
