import { expect, it } from 'vitest';
import type { MaintenanceWindow, WindowSchedule } from '@/api/types';
import { instantOf } from '@/lib/zoned';
import { occurrence, placed } from './window-time';

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
])('goes by the clock on the wall, from %s', (from, until) => {
  const span = { from: at(from), until: at(until) };
  expect(occurrence(NIGHT, at(from))).toEqual({ phase: 'active', ...span });
  expect(occurrence(NIGHT, at(until) - 1)).toEqual({ phase: 'active', ...span });
  expect(occurrence(NIGHT, at(from) - 1)).toEqual({ phase: 'coming', ...span });
  expect(occurrence(NIGHT, at(until))?.from).toBeGreaterThan(at(until));
});

it('reaches into the next week', () => {
  const long: WindowSchedule = { ...NIGHT, weekday: 'Sat', minutes: 3 * 24 * 60, time_zone: 'UTC' };
  // A Monday.
  expect(occurrence(long, at('2026-11-23T12:00:00Z'))).toEqual({
    phase: 'active',
    from: at('2026-11-21T02:30:00Z'),
    until: at('2026-11-24T02:30:00Z'),
  });
});

it('does not know when a window in an unknown time zone opens', () => {
  expect(occurrence({ ...NIGHT, time_zone: 'Mars/Base' }, 0)).toBeNull();
});

it('reads a local time on either side of Greenwich', () => {
  const local = Date.UTC(2026, 11, 1, 22);
  expect(instantOf(local, 'America/Los_Angeles')).toBe(at('2026-12-02T06:00:00Z'));
  expect(instantOf(local, 'Asia/Kolkata')).toBe(at('2026-12-01T16:30:00Z'));
});

it('sorts windows by what comes soonest', () => {
  const now = at('2026-11-22T01:00:00Z');
  const once = (id: number, from: string, until: string): MaintenanceWindow => ({
    id,
    name: String(id),
    monitors: [],
    version: 1,
    repeat: 'once',
    from,
    until,
  });
  const windows: MaintenanceWindow[] = [
    once(1, '2026-11-20T00:00:00Z', '2026-11-20T01:00:00Z'),
    once(2, '2026-11-21T00:00:00Z', '2026-11-21T01:00:00Z'),
    once(3, '2026-12-01T00:00:00Z', '2026-12-01T01:00:00Z'),
    once(4, '2026-11-22T00:00:00Z', '2026-11-22T04:00:00Z'),
    { ...NIGHT, id: 5, name: '5', monitors: [], version: 1 },
  ];
  const ids = Object.entries(placed(windows, now)).map(([phase, each]) => [
    phase,
    each.map(({ window }) => window.id),
  ]);
  expect(Object.fromEntries(ids)).toEqual({ active: [4], coming: [5, 3], past: [2, 1] });
});
