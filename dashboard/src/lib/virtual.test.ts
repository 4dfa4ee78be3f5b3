import { expect, it } from 'vitest';
import { rowsInView, segmentsOf } from './virtual';

const view = { count: 5_000, rowHeight: 44, height: 800 };

it('renders what is in sight and some more, wherever the list is scrolled to', () => {
  expect(rowsInView({ ...view, above: -250 })).toEqual({ from: 0, until: 32 });
  for (const above of [0, 44 * 1_000, 44 * 4_000 + 7]) {
    const { from, until } = rowsInView({ ...view, above });
    expect(from).toBeLessThanOrEqual(above / 44);
    expect(until).toBeGreaterThanOrEqual((above + 800) / 44);
    expect(until - from).toBeLessThan(70);
  }
  expect(rowsInView({ ...view, above: 44 * 5_000 }).until).toBe(5_000);
  expect(rowsInView({ ...view, count: 3, above: 0 })).toEqual({ from: 0, until: 3 });
  expect(rowsInView({ ...view, count: 0, above: 0 })).toEqual({ from: 0, until: 0 });
});

it('stays the same for a few pixels, so that they render nothing', () => {
  expect(rowsInView({ ...view, above: 44_003 })).toEqual(rowsInView({ ...view, above: 44_020 }));
});

it('leaves gaps for all rows that are not rendered, and keeps one of them', () => {
  expect(segmentsOf({ from: 2, until: 4 }, null, 6)).toEqual([
    { gap: 2 },
    { row: 2 },
    { row: 3 },
    { gap: 2 },
  ]);
  expect(segmentsOf({ from: 2, until: 3 }, 0, 3)).toEqual([{ row: 0 }, { gap: 1 }, { row: 2 }]);
  expect(segmentsOf({ from: 0, until: 1 }, 3, 5)).toEqual([{ row: 0 }, { gap: 2 }, { row: 3 }, { gap: 1 }]);
  expect(segmentsOf({ from: 0, until: 2 }, 1, 2)).toEqual([{ row: 0 }, { row: 1 }]);
  // It is there no more.
  expect(segmentsOf({ from: 0, until: 1 }, 7, 1)).toEqual([{ row: 0 }]);
});

it('has room for every row', () => {
  for (const above of [0, 9_999, 220_000]) {
    const segments = segmentsOf(rowsInView({ ...view, above }), 4_321, 5_000);
    expect(segments.reduce((sum, each) => sum + ('gap' in each ? each.gap : 1), 0)).toBe(5_000);
  }
});
