import { describe, expect, it } from 'vitest';
import {
  anHourBefore,
  firstKnown,
  instantAt,
  lastOngoing,
  lastPosition,
  neighbours,
  OFFSETS,
  positionOf,
  problemOf,
  type Range,
  rangeOf,
  stepped,
} from './instants';

const NOW = Date.parse('2026-11-29T12:00:00.000Z');
const DAY = 86_400_000;
const iso = (instant: number) => new Date(instant).toISOString();

describe('the slider', () => {
  it('ends now, and begins where its range does', () => {
    expect(instantAt(lastPosition('day'), 'day', NOW)).toBe(NOW);
    expect(iso(instantAt(0, 'day', NOW))).toBe('2026-11-28T12:00:00.000Z');
    expect(iso(instantAt(0, 'month', NOW))).toBe('2026-10-30T12:00:00.000Z');
  });

  it('does not begin before anything is known', () => {
    expect(instantAt(0, 'all', NOW)).toBe(firstKnown(NOW));
    expect(problemOf(instantAt(0, 'all', NOW), NOW)).toBeNull();
  });

  it.each<Range>(['day', 'week', 'month', 'all'])('has a position for each of its instants (%s)', (range) => {
    for (let position = 1; position <= lastPosition(range); position++) {
      expect(positionOf(instantAt(position, range, NOW), range, NOW)).toBe(position);
    }
  });

  it('stays at its ends for other instants', () => {
    expect(positionOf(NOW - 2 * DAY, 'day', NOW)).toBe(0);
    expect(positionOf(NOW + 30_000, 'day', NOW)).toBe(lastPosition('day'));
  });

  it('spans as little as it can', () => {
    expect(rangeOf(NOW - DAY, NOW)).toBe('day');
    expect(rangeOf(NOW - DAY - 1, NOW)).toBe('week');
    expect(rangeOf(NOW - 8 * DAY, NOW)).toBe('month');
    expect(rangeOf(NOW - 31 * DAY, NOW)).toBe('all');
  });
});

it('steps to what is known alone', () => {
  expect(stepped(NOW - DAY, OFFSETS.hour, NOW)).toBe(NOW - DAY + 3_600_000);
  expect(stepped(NOW - 30_000, OFFSETS.minute, NOW)).toBeNull();
  expect(stepped(firstKnown(NOW), -OFFSETS.minute, NOW)).toBeNull();
});

it('finds out what is wrong with an instant', () => {
  expect(problemOf(NOW, NOW)).toBeNull();
  expect(problemOf(NOW + 1, NOW)).toBe('future');
  expect(problemOf(NOW - 400 * DAY, NOW)).toBeNull();
  expect(problemOf(NOW - 400 * DAY - 1, NOW)).toBe('early');
});

it('knows the begins and ends on both sides of an instant', () => {
  const times = [1, 3, 2, 500].map((days) => iso(NOW - days * DAY));
  expect(neighbours(times, NOW - 2 * DAY, NOW)).toEqual({ before: NOW - 3 * DAY, after: NOW - DAY });
  expect(neighbours(times, NOW - 3 * DAY, NOW)).toEqual({ before: null, after: NOW - 2 * DAY });
  expect(neighbours([], NOW, NOW)).toEqual({ before: null, after: null });
});

it('begins an hour before, and with an incident while it was ongoing', () => {
  expect(anHourBefore(NOW + 12_345)).toBe('2026-11-29T11:00:00.000Z');
  expect(lastOngoing('2026-11-20T10:00:00.000Z', NOW)).toBe('2026-11-20T10:00:00.000Z');
  expect(lastOngoing(null, NOW)).toBe(new Date(NOW).toISOString());
});
