import { expect, it } from 'vitest';
import { gapsOf, placeOf, spanOf, ticksOf } from './timeline-scale';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const texts = ({ from, until }: { from: number; until: number }) => [
  new Date(from).toISOString(),
  new Date(until).toISOString(),
];

it('begins with today in the zone', () => {
  const now = at('2026-11-30T23:30:00Z');
  expect(texts(spanOf('day', 0, now, BERLIN))).toEqual([
    '2026-11-30T23:00:00.000Z',
    '2026-12-01T23:00:00.000Z',
  ]);
  expect(texts(spanOf('day', 0, now, 'UTC'))).toEqual([
    '2026-11-30T00:00:00.000Z',
    '2026-12-01T00:00:00.000Z',
  ]);
  expect(texts(spanOf('week', -1, now, 'UTC'))).toEqual([
    '2026-11-23T00:00:00.000Z',
    '2026-11-30T00:00:00.000Z',
  ]);
});

it('has days of 23 and 25 hours where clocks change, and months as they are', () => {
  const spring = spanOf('day', 0, at('2026-03-29T10:00:00Z'), BERLIN);
  expect(spring.until - spring.from).toBe(23 * 3_600_000);
  const week = spanOf('week', 0, at('2026-10-20T10:00:00Z'), BERLIN);
  expect(week.until - week.from).toBe((7 * 24 + 1) * 3_600_000);
  expect(ticksOf('week', week, BERLIN)).toHaveLength(7);
  expect(texts(spanOf('month', 1, at('2026-01-31T10:00:00Z'), 'UTC'))).toEqual([
    '2026-02-28T00:00:00.000Z',
    '2026-03-31T00:00:00.000Z',
  ]);
});

it('marks the days, and the hours of a single one', () => {
  const now = at('2026-11-30T10:00:00Z');
  const labels = (view: 'day' | 'week' | 'month') =>
    ticksOf(view, spanOf(view, 0, now, BERLIN), BERLIN).map(({ label }) => label);
  expect(labels('day')).toEqual(['00:00', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00']);
  expect(labels('week')).toHaveLength(7);
  expect(labels('week')[0]).toMatch(/^Mon,? 30$/);
  expect(labels('month')).toHaveLength(30);
});

it('cuts what is shown to the period', () => {
  const span = { from: 100, until: 200 };
  expect(placeOf({ from: 50, until: 150 }, span)).toEqual({ left: 0, width: 50 });
  expect(placeOf({ from: 175, until: 300 }, span)).toEqual({ left: 75, width: 25 });
  expect(placeOf({ from: 200, until: 300 }, span)).toBeNull();
});

it('finds when nobody is on call', () => {
  const span = { from: 0, until: 100 };
  expect(gapsOf([], span)).toEqual([span]);
  expect(gapsOf([span], span)).toEqual([]);
  expect(
    gapsOf(
      [
        { from: 10, until: 30 },
        { from: 20, until: 40 },
        { from: 60, until: 90 },
      ],
      span,
    ),
  ).toEqual([
    { from: 0, until: 10 },
    { from: 40, until: 60 },
    { from: 90, until: 100 },
  ]);
});
