import { expect, it } from 'vitest';
import { dayAfter, months, parseDay, quarters } from './period';

const NOW = Date.parse('2025-12-31T23:30:00Z');

it('offers the months and quarters up to the one that goes on in the zone', () => {
  expect(months(NOW, 'UTC').slice(0, 2)).toEqual([
    { value: '2025-12', label: 'December 2025' },
    { value: '2025-11', label: 'November 2025' },
  ]);
  expect(months(NOW, 'Europe/Berlin')[0]).toEqual({ value: '2026-01', label: 'January 2026' });
  expect(months(NOW, 'UTC').length).toBe(24);
  expect(quarters(NOW, 'UTC').map(({ value }) => value)).toEqual([
    '2025-Q4',
    '2025-Q3',
    '2025-Q2',
    '2025-Q1',
    '2024-Q4',
    '2024-Q3',
    '2024-Q2',
    '2024-Q1',
  ]);
  expect(quarters(NOW, 'Asia/Tokyo')[0]).toEqual({ value: '2026-Q1', label: 'Q1 2026' });
});

it('reads days, and finds the one after', () => {
  expect(parseDay('2025-02-29')).toBeNaN();
  expect(parseDay('2025-2-1')).toBeNaN();
  expect(parseDay('')).toBeNaN();
  expect(dayAfter('2024-02-28')).toBe('2024-02-29');
  expect(dayAfter('2025-12-31')).toBe('2026-01-01');
});
