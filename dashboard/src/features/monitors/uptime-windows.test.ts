import { expect, it } from 'vitest';
import { windowLabel, windowsFor } from './uptime-windows';

const DAY = 86_400_000;

it('shows a window only if it can differ from the ones before', () => {
  expect(windowsFor(60_000)).toEqual(['24h']);
  expect(windowsFor(DAY)).toEqual(['24h']);
  expect(windowsFor(2 * DAY)).toEqual(['24h', '7d']);
  expect(windowsFor(40 * DAY)).toEqual(['24h', '7d', '30d', '90d']);
  expect(windowsFor(400 * DAY)).toEqual(['24h', '7d', '30d', '90d', '365d']);
});

it('says of the longest window since when there is a monitor', () => {
  const now = Date.parse('2025-11-20T12:00:00.000Z');
  const created = '2025-11-17T10:00:00.000Z';
  expect(windowLabel('24h', created, now)).toBe('24 hours');
  expect(windowLabel('7d', created, now)).toBe('Since 17 Nov 2025');
});
