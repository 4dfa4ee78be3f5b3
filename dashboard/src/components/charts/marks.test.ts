import { expect, it } from 'vitest';
import { type ChartMark, marksIn, placeMarks } from './marks';

const mark = (from: number, until: number): ChartMark => ({ kind: 'incident', from, until, label: 'x' });

it('cuts marks off at the ends of what is shown', () => {
  const placed = placeMarks([mark(50, 120), mark(150, 900), mark(120, 130)], 100, 200);
  expect(placed.map(({ left, right }) => [left, right])).toEqual([
    [0, 0.2],
    [0.5, 1],
    [0.2, 0.3],
  ]);
});

it('leaves out what is over before, and what begins after', () => {
  expect(placeMarks([mark(0, 100), mark(200, 300)], 100, 200)).toEqual([]);
  expect(placeMarks([mark(0, 300)], 100, 100)).toEqual([]);
});

it('finds the marks of an interval', () => {
  const marks = [mark(0, 100), mark(150, 160)];
  expect(marksIn(marks, 90, 150)).toEqual([marks[0]]);
  expect(marksIn(marks, 100, 151)).toEqual([marks[1]]);
});
