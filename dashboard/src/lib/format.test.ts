import { expect, it } from 'vitest';
import { formatAgo, formatDuration, formatLatency, formatQuantity, formatRatio } from './format';

it('never rounds an uptime up to 100%', () => {
  expect(formatRatio(1)).toBe('100%');
  expect(formatRatio(0.99999)).toBe('99.99%');
  expect(formatRatio(0.9993)).toBe('99.93%');
  expect(formatRatio(0)).toBe('0.00%');
});

it('uses the singular for one only', () => {
  expect([0, 1, 2_048].map((count) => formatQuantity(count, 'retry', 'retries'))).toEqual([
    '0 retries',
    '1 retry',
    '2,048 retries',
  ]);
});

it('shows the two largest units of a duration', () => {
  expect([0, 59, 60, 3_725, 90_061, 86_405].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 h 2 min',
    '1 d 1 h',
    '1 d',
  ]);
});

it('never shows a negative age', () => {
  const at = '2025-11-20T12:00:00.000Z';
  const ages = [-5, 0, 12, 61, 7_300, 200_000].map((s) => formatAgo(at, Date.parse(at) + s * 1_000));
  expect(ages).toEqual(['just now', 'just now', '12 s ago', '1 min ago', '2 h ago', '2 d ago']);
});

it('shows long response times in seconds', () => {
  expect([87, 999, 1_240, 12_345].map(formatLatency)).toEqual(['87 ms', '999 ms', '1.24 s', '12.3 s']);
});
